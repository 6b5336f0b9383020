import type { AggregateFunction } from './function.ts';
import { aggregates } from './functions.ts';
import { retractableUnits } from './retractable-units.ts';
import type { Unit } from './unit.ts';
import { units } from './units.ts';

const INTRODUCTION = `
## Aggregates

Where a stage takes \`aggregate\`, a field is any expression over these functions of many records. What stands inside of
one is evaluated for each record, what stands outside once: there \`windowStart\`, \`windowEnd\` and the fields of the key can
be read, and nothing else. Each takes \`{ where: condition }\` as its last argument, and then counts only records for which
that holds: \`sum(bytes, { where: port == 80 }) / sum(bytes)\`. Nulls are passed over. \`NaN\` is refused (\`WEIR_TYPE\`), and
where a mean, sum or quantile is made, infinity too; a record that is refused has changed no aggregate. Of no values, counts
are 0, lists are empty, and all else is null.

Records may be added in any order and in parts. Sums of integers are exact. Other sums, means and variances can differ in
the last digits, a quantile of more than 200 values by a little more, \`heavyHitters\` of more values than it remembers within
its bound; nothing else differs.

`;

const OWN = `
### Aggregates of your own

Where these do not do, a module does. Its export is called by its path from the folder of the topology's file, and then it is
an aggregate like the others: of any expression, with a condition, within a larger expression. Without a \`#\` the default
export is meant; the value may be an object, \`./own.mjs#slope({ x, y })\`.

<!-- file: entropy.mjs -->
\`\`\`js
/** How evenly values are spread, in bits: 0 if all are the same. Source: C. E. Shannon (1948). */
export const entropy = {
  create: () => new Map(),
  add: (counts, value) => counts.set(value, (counts.get(value) ?? 0) + 1),
  merge(into, other) {
    for (const [value, n] of other) into.set(value, (into.get(value) ?? 0) + n);
  },
  result(counts) {
    const all = [...counts.values()];
    const total = all.reduce((sum, n) => sum + n, 0);
    return all.reduce((bits, n) => bits - (n / total) * Math.log2(n / total), 0);
  },
  remove(counts, value) {
    if (counts.get(value) > 1) counts.set(value, counts.get(value) - 1);
    else counts.delete(value);
  },
  encode: (counts) => [...counts],
  decode: (stored) => new Map(stored),
};
\`\`\`

<!-- file: scans.yaml -->
\`\`\`yaml
name: scans
streams:
  packets:
    source: { file: packets.ndjson }
    time: at
    do:
      - key: host
      - tumbling: { size: 1m, aggregate: { n: count(), bits: "round(./entropy.mjs#entropy(port), 2)" } }
    to: { stdout: { template: "\${host}: \${n} packets, \${bits} bits of ports" } }
\`\`\`

<!-- file: packets.ndjson -->
\`\`\`json
{"at":"2026-01-05T10:00:01Z","host":"a","port":443}
{"at":"2026-01-05T10:00:02Z","host":"b","port":1}
{"at":"2026-01-05T10:00:03Z","host":"a","port":443}
{"at":"2026-01-05T10:00:04Z","host":"b","port":2}
{"at":"2026-01-05T10:00:05Z","host":"b","port":3}
\`\`\`

\`\`\`console
$ weir run scans.yaml --threads 1
a: 2 packets, 0 bits of ports
b: 3 packets, 1.58 bits of ports
\`\`\`

| function | |
| --- | --- |
| \`create()\` | a new accumulator of no values: an object or a list, msgpack-able, or see \`encode\` |
| \`add(accumulator, value, at)\` | adds a value that is not null, by changing the accumulator. \`at\` is \`{time, order, key}\`, overwritten for the next record |
| \`merge(into, other)\` | adds all that another accumulator has seen, and leaves that as it is |
| \`result(accumulator)\` | what is given out |
| \`remove(accumulator, value, at)\` | takes a value back; only for inputs that [take records back](#taking-records-back) |
| \`encode(accumulator)\`, \`decode(stored)\` | only where the accumulator itself cannot be stored: there is a Map, a class, a function in it |

Values come in any order and in parts, and the result must be the same. Nothing may be async. An error names the aggregate and
is \`WEIR_AGGREGATE\`, unless it has a code of its own. What \`add\` throws is the record's fault and goes by \`onError\`, and so
is what \`result\` throws for a window; an \`add\` that throws must leave its accumulator as it was, and has changed
no other but those of modules that stand before it. An error in \`merge\`, \`encode\` or \`decode\` ends the run, and so does, after
some restarts, a module that hangs or ends its thread.
`;

const RETRACTION = `
### Taking records back

Authors of stages: \`retractable()\` of an aggregation gives the same aggregates with \`remove(accumulator, row, at)\`, for inputs
that take records back. The result is then that of the records that are left. A record is taken back with the values, event
time and order that it came with; where it can be seen that no such record came, that is \`WEIR_RETRACTION\`, and nothing
has changed. ${inWords((fn) => typeof fn.retractable === 'string')} cannot do it, nor can modules without
\`remove\` (\`WEIR_NOT_RETRACTABLE\`).

| aggregates | what is kept | to add or take back |
| --- | --- | --- |
| ${inWords((fn) => keeps(fn, [units.count, retractableUnits.balance]))} | one to three numbers | O(1) |
| ${inWords((fn) => keeps(fn, [retractableUnits.spread]))} | five numbers, good for 106 bits | O(1) |
| ${inWords((fn) => keeps(fn, [units.counts]))} | every different value, and how often it came | O(1) |
| ${inWords((fn) => keeps(fn, [retractableUnits.values]))} | every different value in order, and how often it came; quantiles are exact | a binary search, and up to 512 of them moved |
| ${inWords((fn) => keeps(fn, [retractableUnits.events]))} | every value with its time and order | a binary search, and up to 512 of them moved |

What is kept of a group is written whole to each checkpoint before which it has changed. A sum, mean or variance that has
overflowed stays infinite until nothing is left.
`;

/** The chapter of the documentation on aggregates, from their table. */
export function aggregateDocs(): string {
  const lines = [...aggregates.values()].map(({ signature, doc, example: [text, rows, value] }) => {
    const records = rows.map((row) => JSON.stringify(row)).join(', ');
    return `- \`${signature}\`\\\n  ${doc} \`${text}\` of \`${records}\` is \`${JSON.stringify(value)}\`.`;
  });
  return `${INTRODUCTION}${lines.join('\n')}\n${OWN}${RETRACTION}`;
}

/** Whether all that an aggregate keeps when records can be taken back is of these units. */
function keeps({ retractable, units: own }: AggregateFunction, of: readonly Unit[]): boolean {
  return typeof retractable !== 'string' && (retractable?.units ?? own).every((unit) => of.includes(unit));
}

/** The names of some aggregates: `a`, `b` and `c`. */
function inWords(which: (fn: AggregateFunction) => boolean): string {
  const names = [...aggregates.values()].filter(which).map(({ name }) => `\`${name}\``);
  return [names.slice(0, -1).join(', '), names.at(-1)].filter(Boolean).join(' and ');
}
