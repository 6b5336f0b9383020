import { messageOf, type Row, type SourceContext } from '#stage';
import { Agent, type AgentOptions, type Answer } from './agent.ts';
import { type Library, snmpLibrary, type Varbind } from './library.ts';
import type { Wanted } from './names.ts';
import { perSecond, type Sample } from './rates.ts';
import type { RowFeed, RowQueue } from './row-reader.ts';
import { counterOf, recordValueOf } from './values.ts';
import { type Cell, walk } from './walk.ts';

export interface PollOptions extends AgentOptions {
  readonly targets: readonly string[];
  readonly everyMs: number;
  readonly values: readonly Wanted[];
  readonly columns: readonly Wanted[];
  readonly rates: boolean;
  readonly concurrency: number;
  readonly repetitions: number;
  readonly mostRows: number;
}

interface Target {
  readonly name: string;
  readonly agent: Agent;
  /** Counters of the poll before, by field and row. */
  samples: Map<string, Sample>;
  isBusy: boolean;
  isAway: boolean;
}

/** Asks agents again and again, so many at a time. One that does not answer holds up none of the others. */
export class PollFeed implements RowFeed {
  readonly #context: SourceContext;
  readonly #o: PollOptions;
  #library: Library | undefined;
  #queue: RowQueue | undefined;
  #targets: Target[] = [];
  #due: Target[] = [];
  #inFlight = 0;
  #leftOut = 0;
  #isClosed = false;
  #isWaiting = false;
  #cancel: (() => void) | undefined;

  constructor(context: SourceContext, options: PollOptions) {
    this.#context = context;
    this.#o = options;
  }

  async open(queue: RowQueue): Promise<void> {
    const library = await snmpLibrary();
    this.#library = library;
    this.#queue = queue;
    this.#targets = this.#o.targets.map((name) => {
      const agent = new Agent(library, name, this.#o, (input, reason) => {
        // Whoever answers with nonsense is heard no faster than the stream takes it.
        if (!queue.isFull) queue.put({ time: this.#context.now(), refused: { input, reason: `${name}: ${reason}` } });
      });
      return { name, agent, samples: new Map(), isBusy: false, isAway: false };
    });
    this.#round();
  }

  #round(): void {
    if (this.#isClosed) return;
    this.#cancel = this.#context.after(this.#o.everyMs, () => this.#round());
    for (const target of this.#targets) {
      if (target.isBusy) this.#tellLeftOut(target.name);
      else {
        target.isBusy = true;
        this.#due.push(target);
      }
    }
    this.#pump();
  }

  /** The first one, and then each that doubles their number. */
  #tellLeftOut(name: string): void {
    this.#leftOut++;
    if ((this.#leftOut & (this.#leftOut - 1)) !== 0) return;
    const why = 'the answer before is still awaited, or the stream is behind';
    this.#context.log('warn', `snmp ${name}: not asked this time: ${why}; ${this.#leftOut} times so far`);
  }

  #pump(): void {
    const queue = this.#queue as RowQueue;
    while (!this.#isClosed && this.#inFlight < this.#o.concurrency) {
      if (queue.isFull && this.#due.length > 0) {
        this.#waitForRoom(queue);
        return;
      }
      const target = this.#due.shift();
      if (target === undefined) return;
      this.#inFlight++;
      this.#poll(target, queue).finally(() => {
        this.#inFlight--;
        target.isBusy = false;
        this.#pump();
      });
    }
  }

  /** One waits for all: rounds go on while the stream stands. */
  #waitForRoom(queue: RowQueue): void {
    if (this.#isWaiting) return;
    this.#isWaiting = true;
    queue.whenRoom(() => {
      this.#isWaiting = false;
      this.#pump();
    });
  }

  async #poll(target: Target, queue: RowQueue): Promise<void> {
    try {
      const rows = await this.#ask(target);
      if (this.#isClosed) return;
      if (target.isAway) this.#context.log('info', `snmp ${target.name}: answers again`);
      target.isAway = false;
      const time = this.#context.now();
      for (const row of rows) queue.put({ time, row });
    } catch (error) {
      if (this.#isClosed) return;
      const reason = `snmp ${target.name}: ${messageOf(error)}`;
      if (target.isAway) return;
      target.isAway = true;
      this.#context.log('warn', `${reason}; it is asked again every time`);
      queue.put({ time: this.#context.now(), refused: { input: target.name, reason } });
    }
  }

  async #ask(target: Target): Promise<Row[]> {
    const { values, columns, repetitions, mostRows } = this.#o;
    const samples = new Map<string, Sample>();
    const row: Record<string, unknown> = { target: target.name };
    const put = (into: Record<string, unknown>, { field }: Wanted, index: string, cell: Cell | undefined) =>
      this.#put(into, field, cell, `${field} ${index}`, target, samples);
    if (values.length > 0) {
      const answer: Answer<Map<string, Varbind>> = await target.agent.get(values.map(({ oid }) => oid));
      for (const wanted of values) {
        const varbind = answer.values.get(wanted.oid);
        put(row, wanted, '', varbind && { varbind, upTime: answer.upTime });
      }
    }
    if (columns.length === 0) {
      target.samples = samples;
      return [row];
    }
    const oids = columns.map(({ oid }) => oid);
    const found = await walk(target.agent, oids, { repetitions, mostRows });
    const rows = [...found].map(([index, cells]) => {
      const made: Record<string, unknown> = { ...row, index };
      columns.forEach((column, i) => void put(made, column, index, cells[i]));
      return made;
    });
    target.samples = samples;
    return rows;
  }

  #put(
    into: Record<string, unknown>,
    field: string,
    cell: Cell | undefined,
    key: string,
    target: Target,
    samples: Map<string, Sample>,
  ): void {
    const library = this.#library as Library;
    into[field] = cell === undefined ? null : recordValueOf(library, cell.varbind, field.split('_')[0]);
    if (!this.#o.rates || cell === undefined) return;
    const counter = counterOf(library, cell.varbind);
    if (counter === undefined) return;
    const sample = { ...counter, upTime: cell.upTime, at: this.#context.now() };
    const before = target.samples.get(key);
    samples.set(key, sample);
    into[`${field}PerSecond`] = before === undefined ? null : perSecond(before, sample);
  }

  stop(): void {
    this.#isClosed = true;
    this.#cancel?.();
  }

  close(): void {
    this.stop();
    for (const { agent } of this.#targets) agent.close();
  }
}
