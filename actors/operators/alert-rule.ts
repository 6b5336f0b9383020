import { field, operator, type Row } from '#stage';
import { readsOf } from '../lib/keys/reads-of.ts';
import { type Held, heldCapacity, IN_TURN_DOCS, refuseHeld } from '../lib/ordered/held-records.ts';
import { inTurn } from '../lib/ordered/in-turn.ts';
import { distinct } from '../lib/window/aggregate-fold.ts';

/** What is known of a key's alert. */
interface Alert {
  phase: 'quiet' | 'pending' | 'firing';
  /** Event time at which the condition began to hold. */
  since: number;
}

/** Which conditions a record meets. */
const HOLDS = 1;
const CLEARS = 2;

const FIELDS = ['alert', 'state', 'severity', 'since', 'time', 'text'];

/** An alert with hysteresis for each key. */
export default operator({
  summary: 'Raise an alert when a condition has held for some time, and resolve it when another one holds.',
  docs: `For each key: when \`when\` holds without a break for \`for\` of event time, the alert fires; while it fires, it is resolved by
the first record for which \`clear\` holds (without \`clear\`: for which \`when\` does not). One record goes on at each of these
changes, and none between them:

\`{alert, state: 'firing' | 'resolved', severity, since, time, text}\` and the key's fields, where \`since\` is when the condition
began to hold and \`time\` that of the change, in milliseconds.

Only records change an alert: a key that falls silent stays as it is.

${IN_TURN_DOCS}`,
  since: '0.1.0',
  stateVersion: 2,
  main: 'when',
  options: {
    when: field.expression('The condition that raises the alert.'),
    clear: field.expression('The condition that resolves it; by default that `when` does not hold.', {
      optional: true,
    }),
    for: field.duration('How long `when` must hold before the alert fires.', { min: 0, default: '0' }),
    text: field.template('What the alert says: text with ${expression} holes over the record.'),
    severity: field.text('How bad it is.', { default: 'warning' }),
    name: field.text('Name of the alert; by default the condition as it is written.', { optional: true }),
    capacity: heldCapacity,
  },
  cost: 'O(log n) per record; about 200 bytes per key; records wait until the watermark has passed them',
  partition: 'key',
  eventTime: 'if-any',
  reads: ({ when, clear, text }) => readsOf([when, clear, text]),
  fields: (_, keyNames) => distinct([...FIELDS, ...keyNames]),
  types: { alert: 'text', state: 'text', severity: 'text', since: 'time', time: 'time', text: 'text' },
  sides: () => ['late'],
  sideRecords: { late: ['input'] },
  examples: [
    {
      title: 'firing once after ten seconds, resolved below a lower bound',
      options: { name: 'hot', when: 'c > 80', clear: 'c < 60', for: '10s', text: 'core ${key} at ${c}' },
      given: [
        { $time: 0, $key: 1, key: 1, c: 90 },
        { $time: 5000, $key: 1, key: 1, c: 95 },
        { $time: 10000, $key: 1, key: 1, c: 99 },
        { $time: 15000, $key: 1, key: 1, c: 70 },
        { $time: 20000, $key: 1, key: 1, c: 50 },
      ],
      expect: [
        { alert: 'hot', state: 'firing', severity: 'warning', since: 0, time: 10000, text: 'core 1 at 99', key: 1 },
        { alert: 'hot', state: 'resolved', severity: 'warning', since: 0, time: 20000, text: 'core 1 at 50', key: 1 },
      ],
    },
  ],
  create: ({ when, clear, for: forMs, text, severity, name, capacity }, context) => {
    const { at, keyNames } = context;
    const names = keyNames.map((keyName) => (FIELDS.includes(keyName) ? undefined : keyName));
    const state = context.keyed<Alert>('alerts', {
      create: () => ({ phase: 'quiet', since: 0 }),
    });
    const alertOf = ({ row, time, order, key }: Held<number>, phase: 'firing' | 'resolved', since: number): Row => {
      const alert: Row = {
        alert: name ?? when.text,
        state: phase,
        severity,
        since,
        time,
        text: text.evaluate(row, { time, order, key }),
      };
      const values = context.keyValues(key);
      names.forEach((keyName, i) => {
        if (keyName !== undefined) alert[keyName] = values[i];
      });
      return alert;
    };
    const look = (row: Row) => {
      const holds = Boolean(when.evaluate(row, at));
      const clears = clear === undefined ? !holds : Boolean(clear.evaluate(row, at));
      return (holds ? HOLDS : 0) + (clears ? CLEARS : 0);
    };
    return inTurn<number>(
      {
        capacity,
        state,
        look,
        take(held, out) {
          const { extra: met, time, order, key } = held;
          const holds = (met & HOLDS) !== 0;
          const before = state.peek(0, key);
          const wasFiring = before?.phase === 'firing';
          const since = holds && (before === undefined || before.phase === 'quiet') ? time : (before?.since ?? time);
          const fires = !wasFiring && holds && time - since >= forMs;
          const resolves = wasFiring && (met & CLEARS) !== 0;
          let alert: Row | undefined;
          try {
            if (fires || resolves) alert = alertOf(held, fires ? 'firing' : 'resolved', since);
          } catch (error) {
            // The alert stays as it was: the next record fires it.
            refuseHeld(held, error, context);
            return;
          }
          const now = state.update(0, key);
          now.since = since;
          if (fires) now.phase = 'firing';
          else if (resolves) now.phase = 'quiet';
          else if (!wasFiring) now.phase = holds ? 'pending' : 'quiet';
          if (alert !== undefined) out.emitAt(alert, time, order, key);
        },
      },
      context,
    );
  },
});
