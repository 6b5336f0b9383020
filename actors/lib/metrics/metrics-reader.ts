import {
  type AssignedSplit,
  messageOf,
  type Row,
  type SourceContext,
  type SourceOutput,
  type SourceReader,
} from '#stage';
import { type MetricGroup, type Reading, type System, TAKE } from './readings.ts';

export interface MetricsOptions {
  readonly everyMs: number;
  readonly groups: readonly MetricGroup[];
  readonly buffer: number;
  readonly host: string;
  load(): Promise<System>;
}

/** Takes readings of the machine at fixed times. A round is left out while the one before is under way. */
export class MetricsReader implements SourceReader {
  readonly #context: SourceContext;
  readonly #o: MetricsOptions;
  readonly #queue: { row: Reading; time: number }[] = [];
  #split = '0';
  #order = 0;
  #system: System | undefined;
  #taking = false;
  #draining = false;
  #cancel: (() => void) | undefined;
  #dropped = 0;
  readonly #failed = new Set<MetricGroup>();

  constructor(context: SourceContext, options: MetricsOptions) {
    this.#context = context;
    this.#o = options;
  }

  async open([split]: readonly AssignedSplit[]): Promise<void> {
    if (split === undefined) {
      this.#draining = true;
      return;
    }
    this.#split = split.id;
    this.#order = typeof split.position === 'number' ? split.position : 0;
    this.#system = await this.#o.load();
    this.#round();
  }

  #round(): void {
    if (this.#draining) return;
    this.#cancel = this.#context.after(this.#o.everyMs, () => this.#round());
    if (this.#taking) return;
    this.#taking = true;
    this.#take()
      .catch((error) => this.#context.fail(error))
      .finally(() => {
        this.#taking = false;
        this.#context.wake();
      });
  }

  async #take(): Promise<void> {
    const time = this.#context.now();
    const groups = this.#o.groups.filter((group) => !this.#failed.has(group));
    const taken = groups.map(async (group) => {
      try {
        return await TAKE[group](this.#system as System);
      } catch (error) {
        // What the platform does not tell once it will not tell later.
        this.#failed.add(group);
        this.#context.log('warn', `no ${group} metrics of this machine: ${messageOf(error)}`);
        return [];
      }
    });
    for (const readings of await Promise.all(taken)) {
      for (const reading of readings) this.#push({ ...reading, host: this.#o.host }, time);
    }
  }

  /** The oldest reading makes room when the stream cannot keep up: new ones matter more. */
  #push(row: Reading, time: number): void {
    this.#queue.push({ row, time });
    if (this.#queue.length <= this.#o.buffer) return;
    this.#queue.shift();
    if (this.#dropped++ % this.#o.buffer === 0)
      this.#context.log('warn', 'readings are dropped: the stream is too slow');
  }

  poll(out: SourceOutput): 'more' | 'wait' | 'end' {
    for (const { row, time } of this.#queue.splice(0, 1000)) {
      out.emit(this.#split, row as unknown as Row, this.#order++, time);
    }
    if (this.#queue.length > 0) return 'more';
    return this.#draining && !this.#taking ? 'end' : 'wait';
  }

  positions(): Record<string, number> {
    return { [this.#split]: this.#order };
  }

  drain(): void {
    this.#draining = true;
    this.#cancel?.();
    this.#context.wake();
  }

  close(): void {
    this.#draining = true;
    this.#cancel?.();
  }
}
