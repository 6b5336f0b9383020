import { assert } from '../../base/errors.ts';
import { sink } from '../../stage/definition.ts';
import { field } from '../../stage/field.ts';
import { feeds, type Kept } from '../trial/feed.ts';

/** Keeps what a test of a topology expects something of. Exactly once, as what a sink writes outside is. */
export default sink({
  summary: 'What a stream gives in a test.',
  since: '0.1.0',
  options: {
    feed: field.text('Which feed.'),
    table: field.text('Under which name.'),
  },
  delivery: 'exactly-once',
  proof: 'test/sim/trial.test.ts',
  changes: 'upserts',
  examples: [],
  create() {
    let written: Kept[] = [];
    return {
      write(row, { time, order, key, retract }) {
        written.push({ row, time, order, key, retract: retract === true });
      },
      async prepare() {
        const prepared = written;
        written = [];
        return prepared;
      },
    };
  },
  committer({ feed: name, table }) {
    const feed = feeds().get(name);
    assert(feed, 'a test has its feed as long as it runs');
    const rows = feed.table(table);
    return {
      async commit(_epoch, parts, base) {
        rows.length = (base as number | undefined) ?? 0;
        rows.push(...(parts as Kept[][]).flat());
        return rows.length;
      },
    };
  },
});
