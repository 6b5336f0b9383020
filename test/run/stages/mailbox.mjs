import { source } from 'weir/stage';

/** Gives what a test puts into `globalThis.weirMailbox`, which cannot be read again; on the calling thread alone. */
export default source({
  summary: 'What a test puts in.',
  since: '0.1.0',
  options: {},
  replayable: false,
  examples: [],
  create(_, { wake, fail }) {
    const box = globalThis.weirMailbox;
    let order = 0;
    let draining = false;
    return {
      open([split]) {
        order = split.position ?? 0;
        box.wake = wake;
        box.fail = fail;
      },
      poll(out) {
        for (const row of box.rows.splice(0)) {
          out.emit('0', row, order, order);
          order++;
        }
        return draining ? 'end' : 'wait';
      },
      positions: () => ({ 0: order }),
      committed: (positions) => box.committed?.push(positions),
      drain() {
        draining = true;
        wake();
      },
    };
  },
});
