import type { AnyDefinition, StageKind } from '../../stage/definition.ts';
import { type Check, demand, Skipped, type Subject } from './check.ts';
import { codecExamples, everyChunking, readFromAnywhere, roundTrip } from './codec-checks.ts';
import { arbitraryBytes, programs } from './codec-fuzz.ts';
import { definitionIsWhole, optionsAreChecked } from './definition-checks.ts';
import { withFunctions } from './example-modules.ts';
import { worksAtBounds } from './operator-bounds.ts';
import { hostileInput } from './operator-hostile.ts';
import { memory, turns } from './operator-load.ts';
import { declarations, partialHalf, plannerForm } from './operator-plan.ts';
import { inputsStay, oneByOne, operatorExamples, shareNothing } from './operator-runs.ts';
import { changesAreMarked, restoredIsTheSame, snapshotsChangeNothing, stateMoves } from './operator-state.ts';
import { typesAreSo } from './operator-types.ts';
import { hostileWrites, sinkExamples } from './sink-checks.ts';
import { crashesKeepThePromise } from './sink-crashes.ts';
import { positionsReplay, sourceExamples, subtasksShare } from './source-checks.ts';
import { closeGivesBack } from './source-close.ts';

const OF_ITS_KIND: Readonly<Record<StageKind, readonly Check[]>> = {
  operator: [
    operatorExamples,
    oneByOne,
    inputsStay,
    shareNothing,
    snapshotsChangeNothing,
    restoredIsTheSame,
    changesAreMarked,
    stateMoves,
    hostileInput,
    worksAtBounds,
    declarations,
    typesAreSo,
    plannerForm,
    partialHalf,
    memory,
    turns,
  ],
  codec: [codecExamples, everyChunking, readFromAnywhere, roundTrip, arbitraryBytes, programs],
  source: [sourceExamples, positionsReplay, subtasksShare, closeGivesBack],
  sink: [sinkExamples, crashesKeepThePromise, hostileWrites],
};

/** An opt-out of a check that there is not would say nothing: it would only look as if it did. */
const optOutsAreKnown: Check<AnyDefinition> = {
  name: 'opt-outs',
  run({ kind, definition }) {
    const names = checksOf(kind).map(({ name }) => name);
    for (const name of Object.keys(definition.optOut ?? {})) {
      demand(names.includes(name), `'${name}' is no check of a ${kind}; there are ${names.join(', ')}`);
    }
  },
};

/** Every check that stages of a kind go through, in order. */
export function checksOf(kind: StageKind): readonly Check[] {
  return [definitionIsWhole, optOutsAreKnown, optionsAreChecked, ...OF_ITS_KIND[kind]];
}

/** How a check ended. */
export interface Outcome {
  check: string;
  result: 'held' | 'broken' | 'skipped' | 'opted out';
  /** Why it was not made. */
  reason?: string;
  /** What was thrown when it is broken: a `WEIR_CONTRACT`, mostly. */
  error?: unknown;
  durationMs: number;
}

/** Makes one check of a stage. Never rejects. */
export async function makeCheck(check: Check, subject: Subject): Promise<Outcome> {
  const begun = performance.now();
  const ended = (rest: Omit<Outcome, 'check' | 'durationMs'>): Outcome => {
    return { check: check.name, ...rest, durationMs: performance.now() - begun };
  };
  const optOut = subject.definition.optOut?.[check.name];
  if (optOut !== undefined) return ended({ result: 'opted out', reason: optOut });
  try {
    await check.run({ ...subject, definition: withFunctions(subject.definition) });
    return ended({ result: 'held' });
  } catch (error) {
    if (error instanceof Skipped) return ended({ result: 'skipped', reason: error.message });
    return ended({ result: 'broken', error });
  }
}

/** How strictly a stage is looked at. */
export interface BatteryOptions {
  /** Also what built-in stages promise: docs, cost and examples. Default false. */
  strict?: boolean;
  /** While one works: shorter inputs, and a tenth of the keys to measure memory with. Default false. */
  quick?: boolean;
}

/**
 * Puts a stage through the whole contract battery: what its definition says, its options, its examples, and what holds for
 * every stage of its kind. Needs no code of the stage's own. See `testStage` for a test runner.
 */
export async function runBattery(
  kind: StageKind,
  name: string,
  definition: AnyDefinition,
  { strict = false, ...rest }: BatteryOptions = {},
): Promise<Outcome[]> {
  const outcomes: Outcome[] = [];
  for (const check of checksOf(kind))
    outcomes.push(await makeCheck(check, { kind, name, definition, strict, ...rest }));
  return outcomes;
}
