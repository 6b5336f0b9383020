import type {
  AssignedSplit,
  CodecDefinition,
  Row,
  RowProgram,
  SourceContext,
  SourceDefinition,
  SourceOutput,
  SourceReader,
  Split,
} from '../../../src/stage/index.ts';
import { materializeSync } from '../../../src/topology/options.ts';
import { Collector } from '../codecs/driver.ts';

export interface Emitted {
  split: string;
  row: Row;
  order: number;
  time: number;
}

export interface RunOptions {
  codec?: CodecDefinition<any>;
  codecOptions?: object;
  program?: RowProgram;
  subtask?: number;
  parallelism?: number;
  now?: () => number;
  restarted?: boolean;
  /** Timers run by themselves, in real time. */
  realTimers?: boolean;
}

/** What a source would be given: one subtask of it, which the test polls. */
export class Driver implements SourceOutput {
  readonly emitted: Emitted[] = [];
  readonly dead: { split: string; input: string; reason: string; order: number }[] = [];
  readonly ended: string[] = [];
  readonly logs: string[] = [];
  readonly reader: SourceReader;
  readonly context: SourceContext;
  failure: unknown;
  /** Timers that the source has set, to be run by hand. */
  readonly timers: { ms: number; task: () => void }[] = [];
  #wake: (() => void) | undefined;
  #woken = false;

  constructor(definition: SourceDefinition<any>, options: object, run: RunOptions = {}) {
    const {
      codec,
      codecOptions = {},
      program = {},
      subtask = 0,
      parallelism = 1,
      now = () => 1000,
      restarted = false,
    } = run;
    const made = codec && materializeSync(codec.options, codecOptions as Record<string, unknown>);
    this.context = {
      subtask,
      parallelism,
      disk: undefined as never,
      restarted,
      wake: () => {
        this.#woken = true;
        this.#wake?.();
      },
      decoder: (split) => {
        const out = new Collector(program);
        out.emit = (row, time, order) => this.emit(split, row, order, time);
        out.malformed = (input, reason, order) => this.malformed(split, input, reason, order);
        return codec!.decoder!(made as never, { program, out });
      },
      rowDecoder: (out) => codec!.decoder!(made as never, { program: {}, out }),
      splittable: isSplittable(codec, made),
      fail: (error) => {
        this.failure ??= error;
        this.#wake?.();
      },
      now,
      after: (ms, task) => {
        if (run.realTimers) {
          const handle = setTimeout(task, ms);
          return () => clearTimeout(handle);
        }
        const timer = { ms, task };
        this.timers.push(timer);
        return () => {
          const at = this.timers.indexOf(timer);
          if (at >= 0) this.timers.splice(at, 1);
        };
      },
      log: (level, text) => this.logs.push(`${level} ${text}`),
    };
    this.reader = definition.create(
      materializeSync(definition.options, options as Record<string, unknown>),
      this.context,
    );
  }

  emit(split: string, row: Row, order: number, time: number): void {
    this.emitted.push({ split, row, order, time });
  }

  malformed(split: string, input: Uint8Array | string, reason: string, order: number): void {
    this.dead.push({ split, input: typeof input === 'string' ? input : Buffer.from(input).toString(), reason, order });
  }

  endSplit(split: string): void {
    this.ended.push(split);
  }

  beginSplit(): void {}

  dropSplit(): void {}

  get rows(): Row[] {
    return this.emitted.map(({ row }) => row);
  }

  async open(splits: readonly Split[], positions: Record<string, unknown> = {}): Promise<this> {
    const assigned: AssignedSplit[] = splits.map((split) => ({ ...split, position: positions[split.id] }));
    await this.reader.open(assigned);
    return this;
  }

  /** Polls until `until` holds, the source is at its end, or it has failed. Waits for its wake-ups in between. */
  async run(until: () => boolean = () => false): Promise<'end' | 'stopped'> {
    for (;;) {
      if (this.failure !== undefined) throw this.failure;
      if (until()) return 'stopped';
      this.#woken = false;
      const state = this.reader.poll(this);
      if (state === 'end') return 'end';
      if (state === 'more' || until()) continue;
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
        if (this.#woken || this.failure !== undefined) resolve();
      });
      this.#wake = undefined;
    }
  }

  /** Lets the timers run that have been set so far. */
  tick(): void {
    for (const { task } of this.timers.splice(0)) task();
  }
}

/** A source's splits at its first start. */
export async function splitsOf(
  definition: SourceDefinition<any>,
  options: object,
  { codec, codecOptions = {}, parallelism = 1 }: RunOptions = {},
): Promise<Split[]> {
  if (definition.splits === undefined) return [{ id: '0' }];
  const made = materializeSync(definition.options, options as Record<string, unknown>);
  const codecMade = codec && materializeSync(codec.options, codecOptions as Record<string, unknown>);
  // Splits and positions go through checkpoints.
  return structuredClone(await definition.splits(made, { parallelism, splittable: isSplittable(codec, codecMade) }));
}

function isSplittable(codec: CodecDefinition<any> | undefined, options: unknown): boolean {
  if (codec === undefined) return false;
  return typeof codec.splittable === 'function' ? codec.splittable(options as never) : codec.splittable;
}
