import type { Step } from '../../src/flow/aligner.ts';
import type { ErrorHandler } from '../../src/flow/consumer.ts';
import { Counters, SLOT_SIZE } from '../../src/flow/counters.ts';
import { SourceInput, type SplitPosition } from '../../src/flow/source-input.ts';
import { createTimes, SourceTimes } from '../../src/flow/source-times.ts';
import type { SourceOutput } from '../../src/stage/source.ts';
import type { TimeSettings } from '../../src/topology/graph.ts';

/** A split's records by their times, and whether it ends behind them. */
export interface Script {
  times: number[];
  ends: boolean;
}

/** What a subtask is given, by split. */
export type Scripts = Record<string, Script>;

/** One subtask of a source whose reader gives one record a poll, of its splits in turn. */
export class SubtaskRig {
  readonly input: SourceInput;
  readonly scripts: Scripts;
  /** What it gave, in order. */
  readonly given: { split: string; time: number }[] = [];
  readonly steps: Step[] = [];
  readonly watermarks: number[] = [];
  readonly ended = new Set<string>();
  held: ReadonlySet<string> = new Set();
  polls = 0;
  #turn = 0;

  constructor(rig: SourcesRig, number: number, scripts: Scripts, canHold: boolean) {
    const { time, shared } = rig;
    this.scripts = scripts;
    const places = rig.places.keys();
    this.input = new SourceInput({
      reader: {
        open() {},
        poll: (out) => this.#poll(out),
        positions: () => Object.fromEntries(Object.keys(scripts).map((id) => [id, 0])),
        ...(canHold ? { hold: (splits: ReadonlySet<string>) => void (this.held = splits) } : {}),
      },
      intake: {},
      time,
      clockTime: false,
      clock: { now: () => rig.now, monotonic: () => rig.now, after: () => () => {}, defer() {} },
      at: { time: 0, order: 0, key: null },
      head: { push() {} },
      errors: undefined as unknown as ErrorHandler,
      counters: new Counters(new Float64Array(SLOT_SIZE)),
      shared: new SourceTimes(shared, { own: number, source: [...places], aligned: [...rig.places.keys()] }),
    });
  }

  async open(positions: Record<string, Partial<SplitPosition>> = {}): Promise<this> {
    const splits = Object.keys(this.scripts).map((id) => {
      return { id, position: undefined, maxTime: Number.NEGATIVE_INFINITY, ...positions[id] };
    });
    await this.input.open(splits);
    return this;
  }

  #poll(out: SourceOutput): 'more' | 'wait' | 'end' {
    this.polls++;
    for (const [id, { times, ends }] of Object.entries(this.scripts)) {
      if (times.length > 0 || !ends || this.ended.has(id)) continue;
      this.ended.add(id);
      out.endSplit(id);
    }
    const open = Object.keys(this.scripts).filter((id) => !this.ended.has(id));
    if (open.length === 0) return 'end';
    const ready = open.filter((id) => !this.held.has(id) && (this.scripts[id] as Script).times.length > 0);
    const split = ready[this.#turn++ % ready.length];
    if (split === undefined) return 'wait';
    const time = this.scripts[split]?.times.shift() as number;
    this.given.push({ split, time });
    out.emit(split, { time }, 0, time);
    return 'more';
  }

  /** Polls once, or is not polled because it is held. Says whether there was anything. */
  next(): boolean {
    const step = this.input.next();
    if (step !== undefined && step !== 'polled') {
      this.steps.push(step);
      if (step.kind === 'watermark') this.watermarks.push(step.time);
    }
    return step !== undefined;
  }

  /** Polls until there is nothing at hand. */
  run(): this {
    for (let i = 0; this.next(); i++) if (i > 10_000) throw new Error('it never waits');
    return this;
  }

  /** What has come of it since the last time. */
  take(): Step[] {
    return this.steps.splice(0);
  }
}

/** Subtasks of sources that are held together, on one clock. */
export class SourcesRig {
  now = 0;
  readonly time: TimeSettings;
  readonly shared: SharedArrayBuffer;
  readonly places: SubtaskRig[] = [];

  constructor(time: TimeSettings, scripts: readonly Scripts[], canHold = true) {
    this.time = time;
    this.shared = createTimes(scripts.length);
    this.places.length = scripts.length;
    for (const [i, of] of scripts.entries()) this.places[i] = new SubtaskRig(this, i, of, canHold);
  }

  async open(): Promise<this> {
    for (const subtask of this.places) await subtask.open();
    return this;
  }

  subtask(number: number): SubtaskRig {
    return this.places[number] as SubtaskRig;
  }

  /** Lets time pass, in which all are polled as often as the hosts do it. */
  pass(ms: number): this {
    for (const end = this.now + ms; this.now < end; ) {
      this.now = Math.min(end, this.now + 200);
      for (const subtask of this.places) subtask.run();
    }
    return this;
  }
}
