import { assert } from '../../base/errors.ts';
import { source } from '../../stage/definition.ts';
import { field } from '../../stage/field.ts';
import { feeds } from '../trial/feed.ts';

/** Gives what a test of a topology gives to one of its streams: a step a poll, when its turn comes. */
export default source({
  summary: 'What a test gives to a stream.',
  since: '0.1.0',
  options: {
    feed: field.text('Which feed.'),
    stream: field.text('Which of its streams.'),
  },
  replayable: true,
  bounded: true,
  examples: [],
  create({ feed: name, stream }, { wake }) {
    const feed = feeds().get(name);
    assert(feed, 'a test has its feed as long as it runs');
    let next = 0;
    let over = false;
    return {
      open([split]) {
        next = (split?.position as number | undefined) ?? 0;
        feed.opened(stream, next, wake);
      },
      poll(out) {
        if (over) return 'end';
        const due = feed.due(stream);
        if (due === 'over' && feed.end) {
          over = true;
          out.endSplit('0');
          return 'end';
        }
        if (due === 'over' || due === 'wait') return 'wait';
        const { step, number, at } = due;
        if (step.kind === 'record') out.emit('0', step.row, number, step.time ?? at);
        else if (step.kind === 'error') out.malformed('0', step.input, step.reason, number);
        next++;
        feed.taken(stream);
        // The watermark goes out behind every step.
        return 'wait';
      },
      positions: () => ({ '0': next }),
    };
  },
});
