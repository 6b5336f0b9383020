import { createRequire } from 'node:module';
import type { AnyDefinition, StageKind } from '../../stage/definition.ts';
import { type BatteryOptions, checksOf, makeCheck, type Outcome } from './battery.ts';

/** What the battery takes of a test runner: vitest's, and that of `node:test`. */
export interface TestRunner {
  describe(name: string, register: () => void): unknown;
  test(name: string, run: (context: { skip(reason?: string): void }) => Promise<void>): unknown;
}

/** A check that was not made, and of which stage. */
export interface NotMade extends Outcome {
  kind: StageKind;
  name: string;
}

const notMade: NotMade[] = [];

// Known at the time of registering only when it was imported before. Outside of vitest nothing is.
const vitest: TestRunner | undefined = process.env.VITEST ? ((await import('vitest')) as TestRunner) : undefined;

function runnerAtHand(): TestRunner {
  return vitest ?? (createRequire(import.meta.url)('node:test') as TestRunner);
}

/**
 * Registers the contract battery of a stage as tests, one for each check, with vitest or with Node's own test runner:
 * `testStage('operator', 'greet', stage)`. A check that a definition opts out of, or that cannot be made, is skipped with its
 * reason.
 */
export function testStage(
  kind: StageKind,
  name: string,
  definition: AnyDefinition,
  { runner = runnerAtHand(), strict = false, ...rest }: BatteryOptions & { runner?: TestRunner } = {},
): void {
  runner.describe(`${kind} ${name}`, () => {
    for (const check of checksOf(kind)) {
      runner.test(check.name, async (context) => {
        const outcome = await makeCheck(check, { kind, name, definition, strict, ...rest });
        if (outcome.result === 'broken') throw outcome.error;
        if (outcome.result === 'held') return;
        notMade.push({ ...outcome, kind, name });
        context.skip(outcome.reason);
      });
    }
  });
}

/** Checks that `testStage` did not make so far, for people: first what stages opted out of, then what could not be made. */
export function notMadeText(): string {
  const lines = new Map<string, string[]>();
  const sorted = [...notMade].sort((a, b) => (a.result < b.result ? -1 : a.result > b.result ? 1 : 0));
  for (const { result, check, reason, kind, name } of sorted) {
    const line = `${result}, ${check}: ${reason}`;
    lines.set(line, [...(lines.get(line) ?? []), `${kind} ${name}`]);
  }
  return [...lines].map(([line, stages]) => `${line} (${stages.join(', ')})\n`).join('');
}
