import type { SinkDefinition } from '../../stage/definition.ts';
import type { Unsynced } from '../memory-disk.ts';
import { PENDING_FOLDER, SinkDriver } from '../sink-driver.ts';
import { type Check, demand, Skipped, same } from './check.ts';
import { deliveryOf, type SinkInput, sinkInputs } from './sink-checks.ts';

type Sink = SinkDefinition<any>;

/** Records between two checkpoints. */
const EVERY = 7;
/** How often the records of an example are written. */
const MORE = 10;

/** Where a run ends before its time. */
interface Crash {
  /** The checkpoint that it happens at, from 1; at `finish` when it is one more than there are. */
  epoch: number;
  /** `prepare` and `commit` crash at a write within them; the others between two steps. */
  step: 'before' | 'prepare' | 'prepared' | 'commit' | 'committed' | 'finish' | 'finished';
  /** The write at which the disk fails, and whether it is done all the same. */
  write?: number;
  done?: boolean;
  /** What is left of bytes that were not synced. */
  unsynced: Unsynced;
}

/** What can be seen from outside when all is over, and how many writes each step took. */
interface Shown {
  files: Record<string, string>;
  terminal: string;
  writes: Record<string, number>;
}

/** The process ends anywhere between and within prepare, commit and finish; what the sink promises of that holds. */
export const crashesKeepThePromise: Check<Sink> = {
  name: 'crashes keep its promise',
  async run({ definition }) {
    let looked = 0;
    for (const input of sinkInputs(definition, MORE)) {
      const delivery = deliveryOf(definition, input.options);
      const expected = await run(definition, input);
      const visible = expected.terminal !== '' || Object.keys(expected.files).length > 0;
      if (!visible && !(delivery === 'exactly-once' && input.example.expect?.length === 0)) continue;
      looked++;
      for (const crash of crashes(expected, Math.ceil(input.records.length / EVERY))) {
        const what = `${input.title}: a crash ${shown(crash)}`;
        const actual = await run(definition, input, crash);
        if (delivery === 'at-least-once') {
          const shown = new Set(actual.terminal.split('\n'));
          const lost = expected.terminal.split('\n').filter((line) => !shown.has(line));
          demand(lost.length === 0, `${what}: lost ${lost[0]}`);
        } else {
          same(
            [actual.files, actual.terminal],
            [expected.files, expected.terminal],
            `${what} leaves what no crash leaves`,
          );
        }
      }
    }
    if (looked === 0) throw new Skipped(`what it writes goes outside; its delivery is proved by ${definition.proof}`);
  },
};

function shown({ epoch, step, write, done, unsynced }: Crash): string {
  const at = write === undefined ? '' : `, write ${write}${done ? ', done' : ''}`;
  return `at checkpoint ${epoch}, ${step}${at}, unsynced bytes ${unsynced}`;
}

function* crashes({ writes }: Shown, last: number): Generator<Crash> {
  for (const unsynced of ['lost', 'kept', 'half kept'] as const) {
    for (let epoch = 1; epoch <= last; epoch++) {
      for (const step of ['before', 'prepared', 'committed'] as const) yield { epoch, step, unsynced };
      for (const step of ['prepare', 'commit'] as const) {
        yield* within({ epoch, step, unsynced }, writes[`${step} ${epoch}`] ?? 0);
      }
    }
    yield { epoch: last + 1, step: 'finished', unsynced };
    yield* within({ epoch: last + 1, step: 'finish', unsynced }, writes.finish ?? 0);
  }
}

function* within(crash: Crash, writes: number): Generator<Crash> {
  for (let write = 1; write <= writes; write++) for (const done of [false, true]) yield { ...crash, write, done };
}

class CrashHere extends Error {}

/** Writes all records with a checkpoint now and then. After the crash the next process begins at the last checkpoint. */
async function run(definition: Sink, input: SinkInput, crash?: Crash): Promise<Shown> {
  const { options, keyNames, records } = input;
  const writes: Record<string, number> = {};
  let terminal = '';
  let left = crash;
  let driver = await SinkDriver.open(definition, options, { keyNames });
  /** Records that the last durable checkpoint holds, and that stand in the one that is being taken. */
  let durable = 0;
  for (;;) {
    const at = (step: Crash['step'], epoch: number) => {
      if (left?.step === step && left.epoch === epoch && left.write === undefined) throw new CrashHere();
    };
    const counted = async (name: string, step: Crash['step'], epoch: number, task: () => Promise<unknown>) => {
      if (left?.step === step && left.epoch === epoch && left.write !== undefined)
        driver.disk.failAt(left.write, { done: left.done === true });
      const before = driver.disk.operations;
      await task();
      writes[name] = driver.disk.operations - before;
    };
    try {
      let written = durable;
      while (durable < records.length) {
        for (const { row, at: place } of records.slice(written, written + EVERY)) driver.write(row, place);
        written = Math.min(records.length, written + EVERY);
        const epoch = Math.ceil(written / EVERY);
        at('before', epoch);
        await counted(`prepare ${epoch}`, 'prepare', epoch, () => driver.prepare());
        durable = written;
        at('prepared', epoch);
        await counted(`commit ${epoch}`, 'commit', epoch, () => driver.commit());
        at('committed', epoch);
      }
      const end = Math.ceil(records.length / EVERY) + 1;
      await counted('finish', 'finish', end, () => driver.finish());
      at('finished', end);
      await driver.close();
      same(driver.dead, [], 'no record of an example is a dead letter');
      return { files: driver.disk.contents(PENDING_FOLDER), terminal: terminal + driver.terminal, writes };
    } catch (error) {
      if (left === undefined || (left.write === undefined && !(error instanceof CrashHere))) throw error;
      const found = driver.crash(left.unsynced);
      left = undefined;
      terminal += driver.terminal;
      driver = await SinkDriver.open(definition, options, { keyNames, ...found });
    }
  }
}
