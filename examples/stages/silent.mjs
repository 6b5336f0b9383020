import { field, operator } from 'weir/stage';

/** Says once when a key has been silent. O(1) per record: deadlines are gathered in buckets as long as the bound. */
export default operator({
  summary: 'Say when a key has been silent for some time.',
  docs: 'A key is told of once, at most twice the time after its last record; it is forgotten until it comes again.',
  since: '0.1.0',
  stateVersion: 1,
  options: { after: field.duration('How long a key may be silent.', { min: 1 }) },
  main: 'after',
  cost: 'O(1) per record; two values per key',
  partition: 'key',
  eventTime: true,
  fields: (_, keyNames) => [...keyNames, 'lastSeen'],
  examples: [
    {
      title: 'b falls silent',
      options: { after: '10s' },
      given: [
        { $time: 0, $key: 'a' },
        { $time: 1000, $key: 'b' },
        { $time: 9000, $key: 'a' },
        { $time: 18000, $key: 'a' },
      ],
      expect: [
        { key: 'b', lastSeen: 1000 },
        { key: 'a', lastSeen: 18000 },
      ],
    },
  ],
  create: ({ after }, context) => {
    const { at, keyNames } = context;
    const seen = context.keyed('seen', { create: () => ({ time: null }) });
    // Keys to look at when event time reaches the namespace.
    const due = context.keyed('due', { create: () => true });
    const tell = (key, time, out) => {
      const values = context.keyValues(key);
      const row = Object.fromEntries(keyNames.map((name, i) => [name, values[i]]));
      out.emitAt({ ...row, lastSeen: time }, time + after, 0, key);
    };
    let silent = [];
    return {
      onRecord(_, out) {
        const { time, key } = at;
        const last = seen.update(0, key);
        if (last.time !== null && time <= last.time) return;
        // The watermark may not have come so far yet: then it is this record that ends the silence.
        if (last.time !== null && last.time + after <= time) tell(key, last.time, out);
        last.time = time;
        due.update(Math.ceil((time + after) / after) * after, key);
      },
      onWatermark(watermark, out) {
        if (silent.length === 0) silent = reached(watermark);
        // The rest in a later turn: no turn grows with the number of keys.
        for (const { key, time } of silent.splice(0, 1000)) {
          tell(key, time, out);
          seen.delete(0, key);
        }
        return silent.length > 0;
      },
    };

    function reached(watermark) {
      const found = [];
      for (const bucket of [...due.namespaces()].filter((time) => time <= watermark).sort((a, b) => a - b)) {
        for (const [key] of due.entries(bucket)) {
          const time = seen.peek(0, key)?.time ?? Number.POSITIVE_INFINITY;
          if (time + after <= bucket) found.push({ key, time });
        }
        due.drop(bucket);
      }
      return found.sort((a, b) => a.time - b.time || (String(a.key) < String(b.key) ? -1 : 1));
    }
  },
});
