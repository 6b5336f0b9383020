import { prng } from '../../base/prng.ts';
import type { Example, OperatorDefinition } from '../../stage/definition.ts';
import type { Key, Row } from '../../stage/row.ts';
import { deepFreeze, Skipped } from './check.ts';

/** A record on its way into an operator, or a watermark. */
export type Step =
  | { row: Row; time: number; order: number; key: Key; input?: string | undefined; retract?: boolean }
  | { watermark: number };

/** What an operator is run on: options and input. */
export interface Workload {
  /** The example that it was made of. */
  title: string;
  options: Record<string, unknown>;
  keyNames: readonly string[];
  /** Frozen all through. */
  steps: readonly Step[];
}

/** The input of an example as it stands; its watermark comes at the end of the input only. */
export function exampleWorkload(example: Example): Workload {
  const given = example.given ?? [];
  const steps = given.map(({ $time, $key, $input, $retract, ...row }, order): Step => {
    const at = { time: ($time as number | undefined) ?? 0, order, key: ($key ?? null) as Key };
    const input = $input as string | undefined;
    return { row, ...at, ...(input === undefined ? {} : { input }), ...($retract === true ? { retract: true } : {}) };
  });
  const keyNames = given.some((row) => '$key' in row) ? ['key'] : [];
  return { title: example.title, options: example.options ?? {}, keyNames, steps: deepFreeze(steps) };
}

/**
 * More of the same: an example's records again and again, with other values of the same kinds, in other order, over more
 * keys, some of them late, with watermarks between them. The same seed gives the same input.
 */
export function grownWorkload(example: Example, count: number, seed: string, keyed: boolean): Workload {
  const base = exampleWorkload(example);
  const records = base.steps.filter((step) => 'row' in step);
  const random = prng(seed);
  const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)] as T;
  const keyNames = base.keyNames.length === 0 && keyed ? ['key'] : base.keyNames;
  const keys = keyNames.length === 0 ? [null] : spread(records.map(({ key }) => key));
  const gap = gapOf(records.map(({ time }) => time));
  const steps: Step[] = [];
  let now = records[0]?.time ?? 0;
  let watermark = Number.NEGATIVE_INFINITY;
  for (let order = 0; records.length > 0 && order < count; order++) {
    now += Math.round(gap * random());
    const late = random() < 0.15 ? Math.round(4 * gap * random()) : 0;
    const { row: like, input } = pick(records);
    // Only among records of the same input are others of the same form.
    const alike = records.filter((record) => record.input === input);
    const row = vary(like, alike, random) as Row;
    steps.push({ row, time: now - late, order, key: pick(keys), ...(input === undefined ? {} : { input }) });
    if (random() < 0.12 && now - 2 * gap > watermark) {
      watermark = now - 2 * gap;
      steps.push({ watermark });
    }
  }
  return { title: `${base.title}, grown`, options: base.options, keyNames, steps: deepFreeze(steps) };
}

/**
 * Every workload that an operator's examples give: each as it is, grown, and, where keys matter, grown over more keys. Without
 * an example that has records there is nothing to check with.
 */
export function workloadsOf({ examples, partition }: OperatorDefinition<any>, quick = false): Workload[] {
  const count = quick ? 30 : 90;
  const all: Workload[] = [];
  for (const [i, example] of examples.entries()) {
    if (example.given === undefined) continue;
    const seed = `${i} ${example.title}`;
    all.push(exampleWorkload(example), grownWorkload(example, count, seed, false));
    if (partition === 'key') all.push(grownWorkload(example, count, `${seed} keyed`, true));
  }
  if (all.length === 0) throw new Skipped('there is no example with records');
  return all;
}

/** The keys given and some near them, so that there are several of each kind. */
function spread(keys: readonly Key[]): Key[] {
  const known = [...new Set(keys)].filter((key) => key !== null);
  const from = known.length > 0 ? known : ['k'];
  return [...new Set(from.flatMap((key) => [key, near(key, 1), near(key, 2)]))];
}

function near(key: Key, by: number): Key {
  if (typeof key === 'number') return key + by;
  return typeof key === 'string' ? `${key}${by}` : key;
}

/** The usual distance between two of an example's times. */
function gapOf(times: readonly number[]): number {
  const distinct = [...new Set(times)].sort((a, b) => a - b);
  const gaps = distinct.slice(1).map((time, i) => time - (distinct[i] as number));
  return gaps.sort((a, b) => a - b)[gaps.length >> 1] ?? 1000;
}

/** A value of the same kind: mostly one that another record has in its place, sometimes a near one. */
function vary(
  value: unknown,
  records: readonly { row: Row }[],
  random: () => number,
  path: readonly string[] = [],
): unknown {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
    const entries = Object.entries(value).map(([name, inner]) => [name, vary(inner, records, random, [...path, name])]);
    return Object.fromEntries(entries);
  }
  const others = records.map(({ row }) => at(row, path)).filter((other) => typeof other === typeof value);
  const chosen = random() < 0.6 ? (others[Math.floor(random() * others.length)] ?? value) : value;
  if (typeof chosen !== 'number' || random() < 0.5) return chosen;
  return Number.isInteger(chosen) ? chosen + Math.floor(random() * 7) - 3 : chosen * (0.5 + random());
}

/** The value at a path of a record. */
export function at(row: unknown, path: readonly string[]): unknown {
  return path.reduce<unknown>((value, name) => (value as Row | undefined | null)?.[name], row);
}
