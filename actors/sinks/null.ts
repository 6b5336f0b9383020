import { sink } from '#stage';

/** Takes records and does nothing with them. */
export default sink({
  summary: 'Drop every record: for measuring what comes before it.',
  docs: 'The records are counted like those of any sink.',
  since: '0.1.0',
  options: {},
  cost: 'nothing',
  delivery: 'exactly-once',
  proof: 'test/actors/sinks/null.test.ts',
  partition: 'any',
  changes: 'rows',
  examples: [{ title: 'nothing comes out', given: [{ id: 1 }], expect: [] }],
  create: () => ({ write() {} }),
});
