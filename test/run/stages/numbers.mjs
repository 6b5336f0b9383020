import { field, source } from 'weir/stage';

/** Gives {n, group, at} for n = 0 … count − 1, dealt out over lanes; n is position, order and event time. */
export default source({
  summary: 'Numbers.',
  since: '0.1.0',
  options: {
    count: field.count('How many.', { default: 1000 }),
    lanes: field.count('How many splits; 0 is one per subtask.', { default: 0 }),
    groups: field.count('How many groups.', { default: 7 }),
    batch: field.count('How many a poll.', { default: 100 }),
    pause: field.duration('Pause between polls.', { default: '0ms' }),
  },
  replayable: true,
  bounded: true,
  examples: [],
  async splits({ lanes }, { parallelism }) {
    const count = lanes === 0 ? parallelism : lanes;
    return Array.from({ length: count }, (_, lane) => ({ id: String(lane), data: { lane, of: count } }));
  },
  create({ count, groups, batch, pause }, { after, wake }) {
    const lanes = [];
    let waiting = false;
    return {
      open(splits) {
        for (const { id, data, position } of splits) {
          const { lane, of } = data;
          lanes.push({ id, next: position ?? lane, step: of, over: false });
        }
      },
      poll(out) {
        if (waiting) return 'wait';
        // The lane that is furthest behind: event time stays in order.
        for (let i = 0; i < batch; i++) {
          const lane = lanes.filter(({ over }) => !over).sort((a, b) => a.next - b.next)[0];
          if (lane === undefined) return 'end';
          // A test that wants to stop in the middle says where.
          if (lane.next >= Number(process.env.WEIR_TEST_HOLD ?? Infinity)) return 'wait';
          if (lane.next >= count) {
            lane.over = true;
            out.endSplit(lane.id);
            continue;
          }
          const n = lane.next;
          lane.next += lane.step;
          out.emit(lane.id, { n, group: n % groups, at: n }, n, n);
        }
        if (pause === 0) return 'more';
        waiting = true;
        after(pause, () => {
          waiting = false;
          wake();
        });
        return 'wait';
      },
      positions: () => Object.fromEntries(lanes.map(({ id, next }) => [id, next])),
    };
  },
});
