import type { CheckOptions } from '../../topology/check.ts';
import type { TopologyDocument } from '../../topology/document.ts';
import type { Place } from '../../topology/graph.ts';
import type { Issue } from '../../topology/issue.ts';
import { isMap } from '../../topology/places.ts';
import { DEAD_LETTERS_NAME, type TopologyTest } from '../../topology/tests.ts';
import { comparable, type Difference, differenceOf } from './compare.ts';
import { Feed, feeds } from './feed.ts';
import { type TrialGraph, trialGraph } from './graph.ts';
import { givenLakes } from './lake.ts';
import { type RunResult, runTrial } from './run.ts';

type Values = Readonly<Record<string, unknown>>;

/** How a test is run: as it is, with two subtasks of what is dealt out by key, or with a crash and a restore in the middle. */
export type Variant = 'plain' | 'subtasks' | 'crash';

/** One way in which a test failed. */
export type TrialFailure =
  | {
      /** The records are not those that were expected; in the variants though they are without. */
      kind: 'records';
      variant: Variant;
      /** A stream, a side output, or `deadLetters`. */
      name: string;
      place: Place;
      expected: readonly Values[];
      actual: readonly Values[];
      difference: Difference;
    }
  | { kind: 'failed'; variant: Variant; place: Place; message: string }
  | { kind: 'faults'; issues: readonly Issue[] };

/** What became of one test. */
export interface TrialResult {
  test: TopologyTest;
  variants: Variant[];
  failures: TrialFailure[];
}

/** How tests are run. */
export interface TrialOptions extends CheckOptions {
  /** Beside the plain run; default both. */
  variants?: readonly Variant[];
}

let count = 0;

/**
 * Runs one test of a topology in the simulator, and again with two subtasks and with a crash: results may not hang on either.
 * The variants are run when the plain run went right.
 */
export async function runTest(
  document: TopologyDocument,
  test: TopologyTest,
  options: TrialOptions = {},
): Promise<TrialResult> {
  const name = `feed-${count++}`;
  const made = await trialGraph(document, test, name, options);
  const result: TrialResult = { test, variants: [], failures: [] };
  if ('issues' in made) return { ...result, failures: [{ kind: 'faults', issues: made.issues }] };
  if ('missing' in made) {
    const names = made.missing.map((one) => `'${one}'`).join(', ');
    const message = `the steps need a value of ${names}: add it to the test's params`;
    const place = document.places.key(test.path);
    return { ...result, failures: [{ kind: 'failed', variant: 'plain', place, message }] };
  }
  const records = [...test.given.values()].flat().length;
  const wanted = options.variants ?? ['subtasks', 'crash'];
  for (const variant of ['plain', ...wanted] as const) {
    if (result.failures.length > 0 || (variant === 'crash' && records < 2)) break;
    result.variants.push(variant);
    result.failures.push(...(await runVariant(document, test, made, name, variant)));
  }
  return result;
}

async function runVariant(
  document: TopologyDocument,
  test: TopologyTest,
  { graph, sources, updating }: TrialGraph,
  name: string,
  variant: Variant,
): Promise<TrialFailure[]> {
  // Streams that are given nothing are at their end at once.
  const others = sources.filter((source) => !test.given.has(source));
  const given = new Map([...test.given, ...others.map((source) => [source, []] as const)]);
  const feed = new Feed(given, test.clockMs, test.end);
  feeds().set(name, feed);
  let run: RunResult;
  try {
    const hosts = variant === 'subtasks' ? 2 : 1;
    const crashAt = variant === 'crash' ? { crashAt: feed.steps.length >> 1 } : {};
    const stores = await givenLakes(graph, test);
    run = await runTrial({ graph, feed, clockMs: test.clockMs, hosts, stores, ...crashAt });
  } finally {
    feeds().delete(name);
  }
  if (run.error !== undefined) {
    return [{ kind: 'failed', variant, place: document.places.key(test.path), message: run.error }];
  }
  const failures: TrialFailure[] = [];
  const compare = (of: string, expected: readonly Values[], actual: readonly Values[], partial: boolean) => {
    const ordered = test.ordered && variant === 'plain' && of !== DEAD_LETTERS_NAME;
    const difference = differenceOf(expected, actual, { ordered, partial });
    if (difference === undefined) return;
    const [wrong] = difference.missing;
    const at = [...test.path, 'expect', of];
    // A list of one record may be written as the record.
    const place = wrong ? document.places.value([...at, wrong.expected]) : document.places.key(at);
    failures.push({ kind: 'records', variant, name: of, place, expected, actual, difference });
  };
  for (const [of, expected] of test.expect) {
    const kept = feed.tables.get(of);
    if (kept) compare(of, expected, comparable(kept, updating.has(of)), test.partial);
  }
  // Nobody expects a record to get lost: without a word about them there may be none.
  const dead = isStreamName(document) ? [] : (test.expect.get(DEAD_LETTERS_NAME) ?? []);
  compare(DEAD_LETTERS_NAME, dead, run.deadLetters, true);
  return failures;
}

function isStreamName({ value }: TopologyDocument): boolean {
  return isMap(value) && isMap(value.streams) && Object.hasOwn(value.streams, DEAD_LETTERS_NAME);
}
