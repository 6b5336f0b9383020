import type { OperatorDefinition } from '../stage/definition.ts';
import type { Draft, StageDraft } from './draft.ts';
import { materializeSync } from './options.ts';
import type { Prepared } from './prepare.ts';
import type { Reading } from './read-draft.ts';

/** What only one step of a topology may have, such as a name at a port, two of them have not. `faulty` steps are left out. */
export function checkClaims(draft: Draft, prepared: Prepared, faulty: ReadonlySet<StageDraft>, reading: Reading): void {
  const taken = new Map<string, StageDraft>();
  for (const step of draft.streams.flatMap(({ steps }) => steps)) {
    const { definition, options } = prepared.get(step) ?? {};
    const { kind, claims } = (definition ?? {}) as Partial<OperatorDefinition>;
    if (kind !== 'operator' || claims === undefined || options === undefined || faulty.has(step)) continue;
    const claim = claims.call(definition, materializeSync((definition as OperatorDefinition).options, options.values));
    if (claim === undefined) continue;
    const first = taken.get(claim.what);
    if (first === undefined) taken.set(claim.what, step);
    else {
      const what = `two steps have ${claim.what}; the other is in line ${first.place.line}: ${claim.advice}`;
      reading.issues.error(claim.code, step.place, `${step.stage}: ${what}`);
    }
  }
}
