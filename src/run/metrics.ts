import { SLOT, SLOT_SIZE } from '../flow/counters.ts';
import type { Plan } from '../topology/plan.ts';
import type { Buffered, StageMetrics } from '../topology/running.ts';
import { slotOf } from './protocol.ts';

/** Reads the numbers that the hosts publish in shared memory; `buffered` are the sinks that have a buffer. */
export function readMetrics(plan: Plan, slots: Float64Array, buffered: ReadonlySet<string>): StageMetrics[] {
  return plan.nodes
    .filter(({ half, kind }) => half !== 'partial' && kind !== 'union')
    .map((node) => {
      const parallelism = plan.chains[node.chain]?.parallelism ?? 1;
      const total: StageMetrics = {
        stage: node.id,
        kind: node.kind,
        parallelism,
        in: 0,
        out: 0,
        late: 0,
        deadLetters: 0,
        fill: 0,
        watermark: Number.POSITIVE_INFINITY,
        held: 0,
      };
      for (let subtask = 0; subtask < parallelism; subtask++) {
        const at = slotOf(plan, node.index, subtask) * SLOT_SIZE;
        total.in += slots[at + SLOT.in] ?? 0;
        total.out += slots[at + SLOT.out] ?? 0;
        total.late += slots[at + SLOT.late] ?? 0;
        total.deadLetters += slots[at + SLOT.dead] ?? 0;
        total.fill = Math.max(total.fill, slots[at + SLOT.fill] ?? 0);
        total.held += slots[at + SLOT.held] ?? 0;
        total.watermark = Math.min(total.watermark, slots[at + SLOT.watermark] ?? 0);
        if (buffered.has(node.id)) total.buffered = withBuffer(total.buffered, slots, at);
      }
      return total;
    });
}

function withBuffer(before: Buffered | undefined, slots: Float64Array, at: number): Buffered {
  const slot = (place: number) => slots[at + place] ?? 0;
  const total: Buffered = {
    records: (before?.records ?? 0) + slot(SLOT.buffered),
    bytes: (before?.bytes ?? 0) + slot(SLOT.bufferedBytes),
    dropped: (before?.dropped ?? 0) + slot(SLOT.dropped),
  };
  const since = Math.min(
    before?.since ?? Number.POSITIVE_INFINITY,
    slot(SLOT.bufferedSince) || Number.POSITIVE_INFINITY,
  );
  return Number.isFinite(since) ? { ...total, since } : total;
}
