import type { Expression } from '#stage';
import { copyOf } from '../records/copy-of.ts';
import type { Fold } from './fold.ts';
import { type Cut, decodeRanking, encodeRanking, place, type Ranked, rankable } from './ranking.ts';

/** The records with the best values of a window: they come out as they came in, best first. */
export function topFold(by: Expression, cut: Cut, windowStart: boolean): Fold<Ranked[]> {
  return {
    create: () => [],
    add(list, row, at) {
      const value = by.evaluate(row, at);
      if (!rankable(value)) return;
      place(list, { value, time: at.time, order: at.order, key: at.key, row }, cut);
    },
    merge(into, other) {
      for (const one of other) place(into, one, cut);
    },
    emit(list, _key, _order, { start, end, time, out }) {
      for (const { row, order, key } of list) {
        const made = windowStart ? copyOf(row) : row;
        if (windowStart) {
          made.windowStart = start;
          made.windowEnd = end;
        }
        out.emitAt(made, time, order, key);
      }
    },
    encode: encodeRanking,
    decode: decodeRanking,
  };
}
