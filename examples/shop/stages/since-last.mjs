import { field, operator } from 'weir/stage';

export default operator({
  summary: 'Add how long ago the record before of the same key was.',
  since: '0.1.0',
  stateVersion: 1,
  partition: 'key',
  passes: true,
  options: { as: field.text('Name of the field, in milliseconds.', { default: 'since' }) },
  main: 'as',
  examples: [
    { title: 'half a second', given: [{ $time: 0 }, { $time: 500 }], expect: [{ since: null }, { since: 500 }] },
  ],
  create: ({ as }, context) => {
    const last = context.keyed('last', { create: () => ({ time: null }) });
    return {
      onRecord(row, out) {
        const { time, key } = context.at;
        const seen = last.update(0, key);
        out.emit({ ...row, [as]: seen.time === null ? null : time - seen.time });
        seen.time = time;
      },
    };
  },
});
