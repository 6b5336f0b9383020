import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { field, operator } from 'weir/stage';

/** Says what is on the heap of its thread, after a collection, with every so many records of its subtask. */
export default operator({
  summary: 'Log the heap of the thread with every so many records.',
  since: '0.2.0',
  stateVersion: 1,
  partition: 'any',
  passes: true,
  options: { every: field.count('Records of all subtasks together.', { unit: 'records', min: 1 }) },
  examples: [{ title: 'records go through', options: { every: 10 }, given: [{ x: 1 }], expect: [{ x: 1 }] }],
  create: ({ every }, { parallelism, subtask, log }) => {
    setFlagsFromString('--expose-gc');
    const collect = runInNewContext('gc');
    const own = Math.floor(every / parallelism);
    let seen = 0;
    const tell = (mark) => {
      collect();
      log('info', `soak ${subtask} ${mark} ${process.memoryUsage().heapUsed} ${process.memoryUsage().rss}`);
    };
    return {
      onRecord(row, out) {
        out.emit(row);
        if (++seen % own === 0) tell(seen / own);
      },
      onWatermark(time) {
        // Keys are not dealt out evenly: who has fewer comes to the last mark only at the end.
        if (time === Number.POSITIVE_INFINITY && seen % own !== 0) tell(Math.ceil(seen / own));
      },
    };
  },
});
