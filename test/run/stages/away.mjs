import { sink } from 'weir/stage';

/** Appends its records to a list in `globalThis.weirAway`, whose system can be away: then a commit waits, or the end of all. */
export default sink({
  summary: 'A system that may not answer.',
  since: '0.1.0',
  options: {},
  delivery: 'exactly-once',
  proof: 'test/run/abandoned.test.ts',
  examples: [],
  create() {
    const rows = [];
    return {
      write: (row) => rows.push(row.n),
      prepare: async () => rows.splice(0),
    };
  },
  committer() {
    const away = globalThis.weirAway;
    let abandoned = false;
    let reject = () => {};
    const answer = (step) =>
      new Promise((resolve, fail) => {
        if (step !== away.at) return resolve();
        away.asked();
        reject = () => fail(new Error('nobody answers'));
        if (abandoned) reject();
      });
    return {
      async commit(epoch, parts) {
        await answer('commit');
        away.committed[epoch] = parts.flat();
      },
      finish: () => answer('finish'),
      abandon() {
        abandoned = true;
        reject();
      },
    };
  },
});
