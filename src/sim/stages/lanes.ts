import { source } from '../../stage/definition.ts';
import { field } from '../../stage/field.ts';
import { hold } from '../holds.ts';
import { type InputSpec, inputReader } from '../input.ts';

interface Lane {
  id: string;
  lane: number;
  next: number;
  over: boolean;
  free: () => void;
}

/** Gives the records of a simulated run, some splits quicker than others. Each lane can be read by one reader at a time. */
export default source({
  summary: 'Records of a simulated run.',
  since: '0.1.0',
  options: {
    input: field.any('What the records are made from.'),
    batch: field.count('How many records a poll gives.', { default: 5 }),
    pause: field.duration('Pause between polls.', { default: '1ms' }),
    restEvery: field.count('Each lane rests behind so many records; 0 for never.', { default: 0 }),
    rest: field.duration('How long.', { default: '0s' }),
  },
  replayable: true,
  bounded: true,
  examples: [],
  async splits({ input }) {
    return Array.from({ length: (input as InputSpec).lanes }, (_, lane) => ({ id: `lane-${lane}`, data: lane }));
  },
  create({ input, batch, pause, restEvery, rest: restMs }, { after, wake, disk }) {
    const spec = input as InputSpec;
    const read = inputReader(spec);
    let lanes: Lane[] = [];
    let turn = 0;
    let waiting = false;
    let held: ReadonlySet<string> = new Set();
    const rest = (ms: number): 'wait' => {
      waiting = true;
      after(ms, () => {
        waiting = false;
        wake();
      });
      return 'wait';
    };
    return {
      open(splits) {
        lanes = splits.map(({ id, data, position }) => {
          return {
            id,
            lane: data as number,
            next: (position as number | undefined) ?? 0,
            over: false,
            free: hold(id, disk),
          };
        });
      },
      poll(out) {
        if (waiting) return 'wait';
        const open = lanes.filter(({ over }) => !over);
        if (open.length === 0) return 'end';
        const free = open.filter(({ id }) => !held.has(id));
        const lane = free[turn++ % free.length];
        if (lane === undefined) return 'wait';
        for (let i = 0; i < batch && !lane.over; i++) {
          if (lane.next >= spec.count) {
            lane.over = true;
            out.endSplit(lane.id);
            break;
          }
          const { order, malformed, at, ...row } = read(lane.lane, lane.next++);
          if (malformed !== undefined) out.malformed(lane.id, malformed, 'it is not', order);
          else
            out.emit(
              lane.id,
              { lane: row.lane, n: row.n, group: row.group, value: row.value, text: row.text },
              order,
              at,
            );
          if (restEvery > 0 && lane.next % restEvery === 0) return rest(restMs);
        }
        return pause === 0 ? 'more' : rest(pause);
      },
      hold(splits) {
        held = splits;
      },
      positions: () => Object.fromEntries(lanes.map(({ id, next }) => [id, next])),
      close() {
        for (const { free } of lanes) free();
      },
    };
  },
});
