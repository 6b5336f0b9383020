import { assert } from '../../base/errors.ts';
import { hashText } from '../../base/hash.ts';
import { operator } from '../../stage/definition.ts';
import { field } from '../../stage/field.ts';

/** What is kept of a key: of each lane the last record, and a hash of all so far in their order. */
type Chains = Record<string, { n: number; hash: number }>;

/**
 * Sees that the records of each key and lane come in order, and gives at the end one row per key whose hash is right only
 * if every record came, once.
 */
export default operator({
  summary: 'Order and number of the records of each key.',
  since: '0.1.0',
  stateVersion: 1,
  options: {
    total: field.flag('Also counts the records of the subtask, as state without a key.', { default: false }),
  },
  partition: 'key',
  eventTime: true,
  examples: [],
  create({ total }, { at, keyed, keyNames }) {
    const state = keyed<Chains>('chains', { create: () => ({}) });
    let records = 0;
    return {
      onRecord(row) {
        records++;
        const { lane, n } = row as { lane: number; n: number };
        const chains = state.update(0, at.key);
        const last = chains[lane];
        assert(last === undefined || n > last.n, `record ${n} of lane ${lane} came after ${last?.n}`);
        chains[lane] = { n, hash: hashText(`${last?.hash ?? 0} ${n}`) };
      },
      onWatermark(time, out) {
        if (time !== Number.POSITIVE_INFINITY) return;
        for (const [key, chains] of [...state.entries(0)]) {
          const ordered = Object.fromEntries(Object.entries(chains).sort(([a], [b]) => (a < b ? -1 : 1)));
          out.emitAt({ [keyNames[0] as string]: key, chains: ordered }, 0, 0, key);
          state.delete(0, key);
        }
        if (total && records > 0) out.emitAt({ total: records }, 0, 0, null);
        records = 0;
      },
      snapshot: () => records,
      restore(kept) {
        records = kept as number;
      },
    };
  },
});
