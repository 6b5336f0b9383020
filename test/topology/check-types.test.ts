import { describe, expect, test } from 'vitest';
import { checkText } from '../../src/topology/check.ts';
import { formatIssue } from '../../src/topology/issue.ts';

/** Issues of a topology whose stream `in` reads a file, with the lines that follow in it. */
async function issuesOf(lines: string): Promise<string[]> {
  const text = `name: t
streams:
  in:
    source: { file: in.ndjson }
    time: at
${lines}`;
  const { issues } = await checkText(text, { file: 't.yaml', base: import.meta.url });
  return issues.map((issue) => `${issue.code} ${formatIssue(issue)}`);
}

describe('fields', () => {
  test('behind a projection, in filters, keys, aggregates and sinks', async () => {
    expect(
      await issuesOf(`    do:
      - select: { product: name, price: price * 2, at: at }
      - where: prise > 1
      - key: prodct
      - tumbling: { size: 1m, aggregate: { n: count(), sum: sum(price) + sum(pirce), most: max(at) } }
    to:
      - lake: { table: x, key: prodct, time: windowEd }
      - stdout: { template: "\${product}: \${sum} of \${amount}" }
`),
    ).toEqual([
      'WEIR_FIELD t.yaml:8:16  where reads prise, which records of stream in do not have here (did you mean price?)',
      'WEIR_FIELD t.yaml:9:14  key reads prodct, which records of stream in do not have here (did you mean product?)',
      'WEIR_FIELD t.yaml:10:78  tumbling reads pirce, which records of stream in do not have here (did you mean price?)',
      'WEIR_FIELD t.yaml:12:46  lake reads windowEd, which records of stream in do not have here (did you mean windowEnd?)',
      'WEIR_FIELD t.yaml:13:32  stdout reads product, which records of stream in do not have here (did you mean prodct?)',
      'WEIR_FIELD t.yaml:13:54  stdout reads amount, which records of stream in do not have here (expected prodct, n, sum, most, windowStart, windowEnd)',
    ]);
  });

  test('behind windows, reduce and alerts, from stream to stream, and through unions of like streams', async () => {
    expect(
      await issuesOf(`    do: [{ key: k }]
  sums:
    from: in
    do:
      - tumbling: { size: 1m, aggregate: { num: count() } }
      - top-n: { by: nun, per: windowStart }
    to: "null"
  alerts: { from: sums, do: [{ where: whatever > 1 }], to: "null" }
  totals:
    from: in
    do: [{ reduce: { total: sum(x) } }, { where: totl > 1 }]
    to: { file: { path: x, mode: upsert } }
  windows: { from: in, do: [{ tumbling: { size: 1m, aggregate: { n: count() } } }] }
  busy: { from: windows, do: [{ alert-rule: { when: n > 5, clear: windowStrt < 5, text: "\${k}" } }] }
  calm: { from: windows, do: [{ alert-rule: { when: n < 5, text: "\${k}" } }] }
  all: { from: [busy, calm], do: [{ where: stat == "firing" }], to: "null" }
`),
    ).toEqual([
      'WEIR_FIELD t.yaml:11:22  top-n reads nun, which records of stream sums do not have here (did you mean num?)',
      'WEIR_FIELD t.yaml:13:39  where reads whatever, which records of stream alerts do not have here (expected k, num, windowStart, windowEnd)',
      'WEIR_FIELD t.yaml:16:50  where reads totl, which records of stream totals do not have here (did you mean total?)',
      'WEIR_FIELD t.yaml:19:67  alert-rule reads windowStrt, which records of stream busy do not have here (did you mean windowStart?)',
      'WEIR_FIELD t.yaml:21:44  where reads stat, which records of stream all do not have here (did you mean state?)',
    ]);
  });
});

describe('types', () => {
  test('a text compared with a number, and arithmetic on it', async () => {
    expect(
      await issuesOf(`    do:
      - select: { name: upper(name), price: number(price), big: price > 5 }
      - where: name > 5
      - where: price == "5"
      - select: { a: price * name, b: price + 1, c: big && name }
      - key: c
      - tumbling: { size: 1m, aggregate: { least: min(b), n: count(), all: "count({ where: b == 'x' })" } }
      - where: least < "x" || windowStart == "now" || n > "3"
    to: "null"
`),
    ).toEqual([
      'WEIR_TYPE t.yaml:8:21  where: > takes two numbers or two texts, not text and number (expected write number(x) or text(x) to have both the same)',
      'WEIR_TYPE t.yaml:9:22  where: a number never equals a text (expected write number(x) or text(x) to have both the same)',
      'WEIR_TYPE t.yaml:10:28  select: * takes numbers, not number and text (expected write number(x) or text(x) to have both the same)',
      'WEIR_TYPE t.yaml:12:94  tumbling: a number never equals a text (expected write number(x) or text(x) to have both the same)',
      'WEIR_TYPE t.yaml:13:22  where: < takes two numbers or two texts, not number and text (expected write number(x) or text(x) to have both the same)',
    ]);
  });
});

describe('a schema', () => {
  const schema = '    schema: { at: time, url: text?, price: number, bid: { id: number, extra: any }, tags: list }\n';

  test('is where fields and types come from', async () => {
    expect(
      await issuesOf(`${schema}    do:
      - where: bid.idd == 1 || bid.extra.x > 1 || url == null
      - extend: { more: price / url }
      - where: anything > 1
    to: "null"
`),
    ).toEqual([
      'WEIR_FIELD t.yaml:8:16  where reads bid.idd, which records of stream in do not have here (did you mean bid.id?)',
      'WEIR_TYPE t.yaml:9:31  extend: / takes numbers, not number and text (expected write number(x) or text(x) to have both the same)',
      'WEIR_FIELD t.yaml:10:16  where reads anything, which records of stream in do not have here (expected at, url, price, bid, tags, more)',
    ]);
    expect(
      await issuesOf(`${schema}    do:
      - where: "'a' in tags && length(url) > 2 && at > 5 && bid == bid"
      - key: bid.id
      - tumbling: { size: 1m, aggregate: { p: mean(price) } }
      - where: id > 5 && p > 5
    to: "null"
`),
    ).toEqual([]);
  });

  test('holds for event time, and has faults of its own', async () => {
    expect(await issuesOf(`${schema.replace('at: time', 'att: time')}    to: "null"\n`)).toEqual([
      'WEIR_FIELD t.yaml:5:11  file reads at, which records of stream in do not have here (did you mean att?)',
    ]);
    expect(
      await issuesOf(`    schema: { at: tim, price: 5, bid: { x: numbr } }
    to: "null"
  other: { from: in, schema: { x: text }, to: "null" }
`),
    ).toEqual([
      "WEIR_FORM t.yaml:6:19  'tim' is no type of a field (expected time)",
      "WEIR_FORM t.yaml:6:31  '5' is no type of a field (expected number, text, bool, time, list, object, any)",
      "WEIR_FORM t.yaml:6:44  'numbr' is no type of a field (expected number)",
      'WEIR_FORM t.yaml:8:22  schema belongs beside a source; what stream other has follows from what it reads',
    ]);
  });
});

test('each side of a match is about its own stream, and what is about both is left alone', async () => {
  expect(
    await issuesOf(`    do:
      - select: { id: number(id), name: name }
      - ./fixtures/meets.ts: { with: other, on: [ident == seller, id == sellr], select: { a: seller, b: name } }
      - where: a > 1 && c > 1
    to: "null"
  other: { from: raw, do: [{ select: [seller] }] }
  raw: { source: { file: raw.ndjson }, time: at }
`),
  ).toEqual([
    'WEIR_FIELD t.yaml:8:50  ./fixtures/meets.ts reads ident, which records of stream in do not have here (expected id, name)',
    'WEIR_FIELD t.yaml:8:73  ./fixtures/meets.ts reads sellr, which records of stream other do not have here (did you mean seller?)',
    'WEIR_FIELD t.yaml:9:25  where reads c, which records of stream in do not have here (did you mean a?)',
  ]);
});

test('nothing is said where the fields are not known', async () => {
  expect(
    await issuesOf(`    do:
      - where: a > 1 && b == "x"
      - extend: { c: a + 1 }
      - key: { k: lower(b), y: b.c.d }
      - split: { odd: c > 1 }
      - select: { k: k, v: c, w: "b ?? 5" }
      - extend: { more: v + 1 }
      - where: more > 1 && w > 1
      - map: ./fixtures/modules/same.js#same
      - where: anything > 1
    to: { stdout: { template: "\${x} \${y}" } }
  odd: { from: in.odd, do: [{ where: z > 1 }], to: "null" }
  both: { from: [in, odd], do: [{ where: z > 1 }], to: "null" }
`),
  ).toEqual([]);
});
