import { field, operator } from '#stage';
import { readsOf } from '../lib/keys/reads-of.ts';

/** Sends records to named side outputs by conditions. */
export default operator({
  summary: 'Send records to named side outputs by conditions; the rest goes on.',
  docs: `Conditions are tried in the order in which they are written, and a record goes to the first whose condition holds; with
\`all: true\` to every one. A record that none holds for goes on to the next step. A side output is read as
\`from: STREAM.NAME\`.`,
  since: '0.1.0',
  stateVersion: 1,
  main: 'into',
  options: {
    into: field.map('Name of the side output → condition.', field.expression('The condition.')),
    all: field.flag('Send a record to every side whose condition holds, not only the first.', { default: false }),
  },
  cost: 'O(conditions) per record',
  partition: 'any',
  passes: true,
  types: {},
  reads: ({ into }) => readsOf(Object.values(into)),
  sides: ({ into }) => Object.keys(into),
  sideRecords: ({ into }) => Object.fromEntries(Object.keys(into).map((name) => [name, ['input']])),
  examples: [
    {
      title: 'what no condition holds for goes on',
      options: { into: { big: 'price > 100', small: 'price <= 10' } },
      given: [{ price: 500 }, { price: 50 }, { price: 5 }],
      expect: [{ price: 50 }],
    },
  ],
  create: ({ into, all }, { at }) => {
    const sides = Object.entries(into);
    return {
      onRecord(row, out) {
        if (!all) {
          const first = sides.find(([, condition]) => condition.evaluate(row, at));
          if (first === undefined) out.emit(row);
          else out.side(first[0], row);
          return;
        }
        // All conditions before any output: one that throws must not leave a record half dealt out.
        const holding = sides.filter(([, condition]) => condition.evaluate(row, at));
        if (holding.length === 0) out.emit(row);
        for (const [name] of holding) out.side(name, row);
      },
    };
  },
});
