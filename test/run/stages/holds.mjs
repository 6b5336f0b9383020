import { sink } from 'weir/stage';

/** Takes no part in a checkpoint before a test lets it, by `globalThis.weirMailbox.held`. */
export default sink({
  summary: 'Holds checkpoints up.',
  since: '0.1.0',
  options: {},
  delivery: 'best-effort',
  examples: [],
  create: () => ({
    write() {},
    prepare: () => globalThis.weirMailbox.held,
  }),
});
