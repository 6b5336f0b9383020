import { source } from 'weir/stage';

/** Asks a system that never answers what there is to read. */
export default source({
  summary: 'Nothing.',
  since: '0.1.0',
  options: {},
  replayable: true,
  examples: [],
  splits: () => new Promise(() => globalThis.weirAway.asked()),
  create: () => ({ open() {}, poll: () => 'wait', positions: () => ({}) }),
});
