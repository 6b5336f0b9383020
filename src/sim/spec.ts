import { WeirError } from '../base/errors.ts';
import { drawFaults, FAULTS, type Fault, faultsText, readFaults } from './fault.ts';
import { drawScenario, manyScenario, quietScenario, type Scenario, smallScenario } from './scenario.ts';
import type { SimOptions } from './simulate.ts';

/** Seeds that begin with one of these have its topology, and no faults but those that are named. */
const NAMED: Record<string, (seed: string) => Scenario> = {
  small: smallScenario,
  many: manyScenario,
  quiet: quietScenario,
};

function namedScenario(seed: string): Scenario | undefined {
  return NAMED[/^[a-z]+/.exec(seed)?.[0] ?? '']?.(seed);
}

/** The scenario of a seed: the same object for the same seed, so that what hangs on it is computed once. */
function scenarioOf(seed: string): Scenario {
  if (known?.seed !== seed) known = { seed, scenario: namedScenario(seed) ?? drawScenario(seed) };
  return known.scenario;
}

let known: { seed: string; scenario: Scenario } | undefined;

/**
 * The run that a text such as `17`, `small` or `17@kill:203,power:410` names: a seed, and the faults that strike in place
 * of those that the seed draws. Throws `WEIR_USAGE`.
 */
export function readSpec(text: string): SimOptions {
  const [seed = '', named] = text.split('@');
  if (named === undefined) {
    return { seed, scenario: scenarioOf(seed), faults: namedScenario(seed) ? [] : drawFaults(seed) };
  }
  const faults = named === '' ? [] : readFaults(named);
  if (faults !== undefined) return { seed, scenario: scenarioOf(seed), faults };
  throw new WeirError(
    'WEIR_USAGE',
    `'${named}' names no faults: write KIND:STEP,…, the kinds are ${FAULTS.join(', ')}`,
  );
}

/** The text that names a run. */
export function writeSpec(seed: string, faults: readonly Fault[]): string {
  return `${seed}@${faultsText(faults)}`;
}
