import { WeirError } from '../base/errors.ts';
import { source } from '../stage/definition.ts';
import { field } from '../stage/field.ts';
import type { Row } from '../stage/row.ts';
import type { AssignedSplit, SourceContext, SourceOutput, SourceReader } from '../stage/source.ts';

/** One step of a scripted source. */
export type ScriptStep =
  /** A record. Its event time is `time`, else its number in the script. */
  | { row: Row; time?: number }
  /** Nothing is at hand for so many milliseconds. */
  | { pauseMs: number }
  /** Input that is no record. */
  | { malformed: string; reason?: string }
  /** The source fails here, the first time that it comes here in this process. */
  | { failOnce: string };

/**
 * The name of the scripted source in a topology: `source(SCRIPTED_SOURCE, { script: [{ row: { id: 1 } }] })`. Steps are plain
 * data, so they cross threads.
 */
export const SCRIPTED_SOURCE = import.meta.url;

/** Gives what a test has written down. Replayable: its position is the number of the next step. */
export default source({
  summary: 'Give the records of a script, for tests.',
  docs: 'Steps are records, pauses, input that is no record, and failures. With `lanes` the steps are dealt out by turns.',
  since: '0.1.0',
  options: {
    script: field.any('The steps, a list.'),
    lanes: field.count('How many splits.', { default: 1, min: 1, max: 1000 }),
    batch: field.count('How many steps a poll takes.', { default: 100, min: 1, max: 10_000 }),
  },
  main: 'script',
  cost: 'the script in memory',
  bounded: true,
  replayable: true,
  examples: [
    {
      title: 'two records and a pause',
      options: { script: [{ row: { id: 1 } }, { pauseMs: 50 }, { row: { id: 2 } }] },
      expect: [{ id: 1 }, { id: 2 }],
    },
  ],
  splits: async ({ lanes }) =>
    Array.from({ length: lanes }, (_, lane) => ({ id: String(lane), data: { lane, lanes } })),
  create: ({ script, batch }, context) => new ScriptedReader(script as ScriptStep[], batch, context),
});

interface Lane {
  id: string;
  next: number;
  step: number;
  ended: boolean;
}

class ScriptedReader implements SourceReader {
  readonly #script: readonly ScriptStep[];
  readonly #batch: number;
  readonly #context: SourceContext;
  #lanes: Lane[] = [];
  #pausing = false;

  constructor(script: readonly ScriptStep[], batch: number, context: SourceContext) {
    this.#script = script;
    this.#batch = batch;
    this.#context = context;
  }

  open(splits: readonly AssignedSplit[]): void {
    this.#lanes = splits.map(({ id, data, position }) => {
      const { lane, lanes } = data as { lane: number; lanes: number };
      return { id, next: (position as number | undefined) ?? lane, step: lanes, ended: false };
    });
  }

  poll(out: SourceOutput): 'more' | 'wait' | 'end' {
    if (this.#pausing) return 'wait';
    for (let i = 0; i < this.#batch; i++) {
      const lane = this.#hindmost();
      if (lane === undefined) return 'end';
      const step = this.#script[lane.next];
      if (step === undefined) {
        lane.ended = true;
        out.endSplit(lane.id);
      } else if ('failOnce' in step && fails(step.failOnce)) {
        throw new WeirError('WEIR_SCRIPTED_FAILURE', step.failOnce);
      } else {
        const number = lane.next;
        lane.next += lane.step;
        if (this.#take(step, number, lane.id, out)) return 'wait';
      }
    }
    return 'more';
  }

  /** True when it has to pause. */
  #take(step: ScriptStep, number: number, split: string, out: SourceOutput): boolean {
    if ('row' in step) out.emit(split, step.row, number, step.time ?? number);
    else if ('malformed' in step) out.malformed(split, step.malformed, step.reason ?? 'scripted', number);
    else if ('pauseMs' in step) {
      this.#pausing = true;
      this.#context.after(step.pauseMs, () => {
        this.#pausing = false;
        this.#context.wake();
      });
      return true;
    }
    return false;
  }

  /** The lane that is furthest behind, so that records come in the order of the script. */
  #hindmost(): Lane | undefined {
    let found: Lane | undefined;
    for (const lane of this.#lanes) if (!lane.ended && (found === undefined || lane.next < found.next)) found = lane;
    return found;
  }

  positions(): Record<string, number> {
    return Object.fromEntries(this.#lanes.map(({ id, next }) => [id, next]));
  }
}

const failed = new Set<string>();

function fails(what: string): boolean {
  if (failed.has(what)) return false;
  failed.add(what);
  return true;
}
