import { field, parseIso, source, WeirError } from '#stage';
import { GenerateReader } from '../lib/generate/generate-reader.ts';
import { recordMaker } from '../lib/generate/record-maker.ts';

/** Makes records out of expressions: for trying a topology out, for tests and for measuring. */
export default source({
  summary: 'Make records out of expressions.',
  docs: `The expressions may read \`n\`, the record's number from 0; \`time\`, its event time in milliseconds; \`random\`, \`random2\`
and \`random3\`, uniform from 0 to below 1; and \`normal\`, of mean 0 and deviation 1. A record is a function of its number and
the seed alone, so that runs repeat, whatever the number of subtasks, and a restart goes on with the same records.

With \`interval\` record n has event time \`start\` + n × interval; without, the time at which it was made.`,
  since: '0.1.0',
  options: {
    fields: field.map('The fields of a record.', field.expression('An expression over n, time, random, normal.')),
    count: field.count('How many records; without it there is no end.', { unit: 'records', min: 0, optional: true }),
    rate: field.number('How many records a second; without it, as many as can be taken.', {
      unit: 'records/s',
      min: 1e-3,
      max: 1e9,
      optional: true,
    }),
    interval: field.duration('Event time from one record to the next.', { optional: true }),
    start: field.text('Event time of the first record, ISO 8601.', { default: '1970-01-01T00:00:00Z' }),
    seed: field.text('Another seed gives other random numbers.', { default: '1' }),
  },
  cost: 'about 0.1 µs and the expressions a record',
  examples: [
    {
      title: 'three readings of two sensors, a second apart',
      options: { fields: { sensor: 'n % 2', value: '10 * n', at: 'time' }, count: 3, interval: '1s' },
      expect: [
        { sensor: 0, value: 0, at: 0 },
        { sensor: 1, value: 10, at: 1000 },
        { sensor: 0, value: 20, at: 2000 },
      ],
    },
  ],
  types: ({ fields }) => fields,
  bounded: ({ count }) => count !== undefined,
  replayable: true,
  splits: async ({ count }, { parallelism }) => {
    const lanes = Math.max(1, Math.min(parallelism, count ?? parallelism));
    return Array.from({ length: lanes }, (_, lane) => ({ id: String(lane), data: { lane, lanes } }));
  },
  create({ fields, count, rate, interval, start, seed }, context) {
    const first = parseIso(start);
    if (first === undefined) {
      throw new WeirError('WEIR_GENERATE_START', `generate: '${start}' is no time such as 2026-01-31T12:00:00Z`);
    }
    const make = recordMaker(fields, seed);
    return new GenerateReader(context, {
      make,
      count: count ?? Number.POSITIVE_INFINITY,
      rate,
      interval,
      start: first,
    });
  },
});
