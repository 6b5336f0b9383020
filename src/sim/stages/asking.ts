import { hashText } from '../../base/hash.ts';
import { operator } from '../../stage/definition.ts';
import { field } from '../../stage/field.ts';
import type { At, Row } from '../../stage/row.ts';

/** Asks the clock about each record: answers come out of order, and records go on in theirs. */
export default operator({
  summary: 'Pass each record on after a time of its own.',
  since: '0.1.0',
  stateVersion: 1,
  options: {
    longest: field.duration('The longest time that an answer takes.', { min: 1 }),
    most: field.count('Records that may wait before it takes no more.', { min: 1 }),
  },
  partition: 'any',
  passes: true,
  examples: [],
  create({ longest, most }, { at, after, wake }) {
    const waiting: { row: Row; at: At; answered: boolean }[] = [];
    return {
      onRecord(row) {
        const asked = { row, at: { ...at }, answered: false };
        waiting.push(asked);
        after(hashText(JSON.stringify(row)) % longest, () => {
          asked.answered = true;
          wake();
        });
      },
      onWake(out) {
        const open = waiting.findIndex(({ answered }) => !answered);
        const come = waiting.splice(0, open < 0 ? waiting.length : open);
        for (const asked of come) out.emitAt(asked.row, asked.at.time, asked.at.order, asked.at.key);
        return come.length > 0;
      },
      pending: () => waiting.length > 0,
      busy: () => waiting.length >= most,
    };
  },
});
