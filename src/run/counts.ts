import type { ChainPart } from '../flow/chain-part.ts';
import type { Plan } from '../topology/plan.ts';
import type { Counts } from '../topology/running.ts';

export const NO_COUNTS: Counts = { recordsIn: 0, recordsOut: 0, late: 0, deadLetters: 0 };

export function addCounts(a: Counts, b: Counts): Counts {
  return {
    recordsIn: a.recordsIn + b.recordsIn,
    recordsOut: a.recordsOut + b.recordsOut,
    late: a.late + b.late,
    deadLetters: a.deadLetters + b.deadLetters,
  };
}

/** What `a` counts beyond `b`. */
export function countsBeyond(a: Counts, b: Counts): Counts {
  return {
    recordsIn: a.recordsIn - b.recordsIn,
    recordsOut: a.recordsOut - b.recordsOut,
    late: a.late - b.late,
    deadLetters: a.deadLetters - b.deadLetters,
  };
}

/** In: what sources read. Out: what sinks took. */
export function countsOf(plan: Plan, parts: readonly ChainPart[]): Counts {
  const kinds = new Map(plan.nodes.map((node) => [node.id, node.kind]));
  const counts = { ...NO_COUNTS };
  for (const part of parts) {
    for (const [stage, [read = 0, passed = 0, late = 0, dead = 0]] of Object.entries(part.counters)) {
      const kind = kinds.get(stage);
      if (kind === 'source') counts.recordsIn += read;
      if (kind === 'sink') counts.recordsOut += passed;
      counts.late += late;
      counts.deadLetters += dead;
    }
  }
  return counts;
}
