import { hashKey, KEY_GROUPS, subtaskOfGroup } from '../../base/hash.ts';
import { prng } from '../../base/prng.ts';
import type { OperatorDefinition, Partition } from '../../stage/definition.ts';
import type { KeySpec } from '../../stage/field.ts';
import { keyFunction } from '../../stage/key.ts';
import type { Key, Row } from '../../stage/row.ts';
import { pack, unpack } from '../../state/pack.ts';
import { materializeSync } from '../../topology/options.ts';
import { type Emitted, OperatorDriver, type OperatorState } from '../operator-driver.ts';
import { type Check, demand, Skipped, same } from './check.ts';
import { MarkedState } from './marked-state.ts';
import { oneByOne } from './operator-runs.ts';
import { play } from './play.ts';
import { type Workload, workloadsOf } from './workload.ts';

type Operator = OperatorDefinition<any>;

/** When checkpoints are taken, and the instance is replaced by a new one. */
function schedules(seed: string): [string, (i: number) => boolean][] {
  const random = prng(seed);
  const drawn = Array.from({ length: 1000 }, () => random() < 0.2);
  return [
    ['before every record', () => true],
    ['before every second record', (i) => i % 2 === 1],
    ['at random', (i) => drawn[i] === true],
  ];
}

export const snapshotsChangeNothing: Check<Operator> = {
  name: 'snapshots change nothing',
  run({ definition, quick }) {
    const plain = definition.optOut?.[oneByOne.name] === undefined;
    for (const workload of workloadsOf(definition, quick)) {
      const undisturbed = play(definition, workload);
      for (const [when, barrier] of schedules(workload.title)) {
        const where = `${workload.title}: a new instance from a snapshot ${when}`;
        // Some give what they hold back at a barrier: the comparison is with a run that has the same barriers.
        const expected = plain ? undisturbed : play(definition, workload, { barrier });
        same(play(definition, workload, { barrier, restart: true }), expected, `${where} changes nothing`);
      }
    }
  },
};

export const restoredIsTheSame: Check<Operator> = {
  name: 'a restored state is the same',
  run({ definition, quick }) {
    for (const workload of workloadsOf(definition, quick)) {
      const { keyNames, options } = workload;
      play(definition, workload, {
        after: (driver, i) => {
          // Behind each of the first records, then now and then: it writes the whole state.
          if (i > 8 && i % 13 > 0) return;
          const delta = driver.snapshot();
          const full = driver.snapshot({ full: true });
          const again = new OperatorDriver(definition, options, { keyNames, from: full }).snapshot({ full: true });
          const what = `${workload.title}, behind step ${i}: the state of a restored instance`;
          same(contentOf(again), contentOf(full), `${what} is the one that it was restored from`);
          const summed = new OperatorDriver(definition, options, { keyNames, from: delta }).snapshot({ full: true });
          same(sorted(contentOf(summed)), sorted(contentOf(full)), `${what} is the same from deltas`);
        },
      });
    }
  },
};

/** The last delta of each keyed state, which holds everything, and the rest of the state. */
function contentOf({ keyed, operator }: OperatorState): { keyed: [string, unknown[]][]; operator: unknown } {
  const states = Object.entries(keyed).map(([name, deltas]): [string, unknown[]] => {
    const { puts } = unpack(deltas.at(-1)?.bytes as Uint8Array) as { puts: unknown[] };
    const entries = Array.from({ length: puts.length / 3 }, (_, i) => puts.slice(3 * i, 3 * i + 3));
    return [name, entries];
  });
  return { keyed: states, operator: operator && Buffer.from(operator).toString('latin1') };
}

function sorted({ keyed, operator }: ReturnType<typeof contentOf>): unknown {
  const bytes = (value: unknown) => Buffer.from(pack(value)).toString('latin1');
  return [keyed.map(([name, entries]) => [name, entries.map(bytes).sort()]), operator];
}

export const changesAreMarked: Check<Operator> = {
  name: 'changes of state are marked',
  run({ definition, quick }) {
    for (const workload of workloadsOf(definition, quick)) {
      const states: MarkedState<any>[] = [];
      play(definition, workload, {
        barrier: () => true,
        drive: {
          watch: (name, state, options) => {
            const marked = new MarkedState(name, state, options);
            states.push(marked);
            return marked;
          },
        },
        taken: () => {
          for (const state of states) state.checkpointed();
        },
        after: (_, i) => {
          const found = states.map((state) => state.unmarked()).find((unmarked) => unmarked !== undefined);
          demand(
            found === undefined,
            `${workload.title}, step ${i}: what changes is marked by update or set; not so ${found}`,
          );
        },
      });
    }
  },
};

/** One instance becomes two and two become one, at a checkpoint in the middle: every key's results stay the same. */
export const stateMoves: Check<Operator> = {
  name: 'state moves with its keys',
  run({ definition, quick }) {
    let moved = 0;
    for (const workload of workloadsOf(definition, quick)) {
      const deal = dealerOf(definition, workload);
      if (deal === undefined) continue;
      moved++;
      const half = workload.steps.length >> 1;
      const expected = orderless(play(definition, workload, { barrier: (i) => i === half }).out);
      for (const [before, after] of [
        [1, 2],
        [2, 1],
        [2, 3],
      ] as const) {
        const actual = orderless(rescaled(definition, workload, deal, half, before, after));
        same(actual, expected, `${workload.title}: the same when ${before} instances become ${after}`);
      }
    }
    if (moved === 0) throw new Skipped('its state has no key');
  },
};

type Deal = (
  row: Row,
  step: { time: number; order: number; key: Key; input?: string | undefined },
  parallelism: number,
) => number;

/** Which instance a record goes to, as the engine deals it out; undefined when there can be only one, or state has no key. */
function dealerOf({ partition, options: fields, others }: Operator, { keyNames, options }: Workload): Deal | undefined {
  const made = materializeSync(fields, options);
  const asked = typeof partition === 'function' ? partition(made) : (partition as Partition);
  if (asked === 'key' ? keyNames.length === 0 : typeof asked === 'string' || !('by' in asked)) return undefined;
  const keyOf = asked === 'key' ? undefined : keyFunction((asked as { by: KeySpec }).by);
  const inputs = Object.entries(others?.(made) ?? {}).map(([name, { partition: of }]) => {
    return [name, typeof of === 'object' && 'by' in of ? keyFunction(of.by) : undefined] as const;
  });
  // What goes to every instance is not dealt out.
  if (inputs.some(([, each]) => each === undefined)) return undefined;
  const otherKeys = new Map(inputs);
  return (row, at, parallelism) => {
    const own = at.input === undefined ? keyOf : otherKeys.get(at.input);
    const key = own === undefined ? at.key : own(row, at);
    return subtaskOfGroup(hashKey(key) % KEY_GROUPS, parallelism);
  };
}

function rescaled(
  definition: Operator,
  workload: Workload,
  deal: Deal,
  half: number,
  before: number,
  after: number,
): Emitted[] {
  const { keyNames, options } = workload;
  const make = (parallelism: number, from?: OperatorState[]) =>
    Array.from({ length: parallelism }, (_, subtask) => {
      return new OperatorDriver(definition, options, { keyNames, subtask, parallelism, ...(from ? { from } : {}) });
    });
  const out: Emitted[] = [];
  let drivers = make(before);
  for (const [i, step] of workload.steps.entries()) {
    if (i === half) {
      const states = drivers.map((driver) => driver.snapshot());
      out.push(...drivers.flatMap((driver) => driver.out));
      drivers = make(after, states);
    }
    if ('watermark' in step) for (const driver of drivers) driver.watermark(step.watermark);
    else drivers[deal(step.row, step, drivers.length)]?.push(step.row, step);
  }
  for (const driver of drivers) driver.end();
  out.push(...drivers.flatMap((driver) => driver.out));
  return out;
}

function orderless(out: readonly Emitted[]): unknown[] {
  return out.map((one) => Buffer.from(pack(one)).toString('latin1')).sort();
}
