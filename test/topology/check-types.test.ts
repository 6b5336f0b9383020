import { describe, expect, test } from 'vitest';
import { issuesOf } from './typed-issues.ts';

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

describe('behind stages that add fields', () => {
  const schema = '    schema: { at: time, host: text, value: number, tags: list, core: { id: number, name: text } }\n';

  test('there are those of the record and what each adds, with types', async () => {
    expect(
      await issuesOf(`${schema}    do:
      - key: core.id
      - lag: { of: host, as: before }
      - diff: value
      - rate: { of: value, as: speed }
      - z-score: value
      - dedupe: host
      - extend: { half: value / 2, at2: at, whole: core, pair: "{ a: host, b: value }" }
      - top-n: { by: value, rank: place }
      - where: before > 5
      - where: diff == "x" || speed == "x"
      - where: z == "x" || mean > "x"
      - where: half == "x"
      - where: at2 == "now"
      - where: place == "1"
      - where: whole.nam == "x"
      - where: pair.a > 5
      - where: pair.c > 5
      - where: befor == "x"
    to: "null"
`),
    ).toEqual([
      'WEIR_TYPE t.yaml:16:23  where: > takes two numbers or two texts, not text and number (expected write number(x) or text(x) to have both the same)',
      'WEIR_TYPE t.yaml:17:21  where: a number never equals a text (expected write number(x) or text(x) to have both the same)',
      'WEIR_TYPE t.yaml:18:18  where: a number never equals a text (expected write number(x) or text(x) to have both the same)',
      'WEIR_TYPE t.yaml:19:21  where: a number never equals a text (expected write number(x) or text(x) to have both the same)',
      'WEIR_TYPE t.yaml:20:20  where: a time never equals a text (expected write parseTime("…") for a time)',
      'WEIR_TYPE t.yaml:21:22  where: a number never equals a text (expected write number(x) or text(x) to have both the same)',
      'WEIR_FIELD t.yaml:22:16  where reads whole.nam, which records of stream in do not have here (did you mean whole.name?)',
      'WEIR_TYPE t.yaml:23:23  where: > takes two numbers or two texts, not text and number (expected write number(x) or text(x) to have both the same)',
      'WEIR_FIELD t.yaml:24:16  where reads pair.c, which records of stream in do not have here (did you mean pair.a?)',
      'WEIR_FIELD t.yaml:25:16  where reads befor, which records of stream in do not have here (did you mean before?)',
    ]);
  });

  test('windows have types by aggregate, of the best records their fields, and alerts theirs', async () => {
    expect(
      await issuesOf(`${schema}    do: [{ key: { host: host, id: core.id } }]
  sums:
    from: in
    do:
      - hopping: { size: 1m, every: 5s, aggregate: { n: count(), most: max(host), last: last(at), wide: "windowEnd - windowStart" } }
      - where: n == "x"
      - where: most > 5
      - where: windowEnd == "now" || last == "now"
      - where: host > 5
      - where: id == "x"
      - where: wide == "x"
      - alert-rule: { when: n > 5, text: "\${most} \${mst}" }
      - where: text > 5
    to: "null"
  wrong:
    from: in
    do: [{ tumbling: { size: 1m, aggregate: { a: sum(host), b: mean(tags), c: "count() + sum(value) * max(host)", d: distinct(core) } } }]
    to: "null"
  best:
    from: in
    do: [{ tumbling: { size: 1m, top: { by: value, windowStart: true } } }, { where: windowStart == "x" || vale > 1 }]
    to: "null"
`),
    ).toEqual([
      'WEIR_TYPE t.yaml:12:18  where: a number never equals a text (expected write number(x) or text(x) to have both the same)',
      'WEIR_TYPE t.yaml:13:21  where: > takes two numbers or two texts, not text and number (expected write number(x) or text(x) to have both the same)',
      'WEIR_TYPE t.yaml:14:26  where: a time never equals a text (expected write parseTime("…") for a time)',
      'WEIR_TYPE t.yaml:15:21  where: > takes two numbers or two texts, not text and number (expected write number(x) or text(x) to have both the same)',
      'WEIR_TYPE t.yaml:16:19  where: a number never equals a text (expected write number(x) or text(x) to have both the same)',
      'WEIR_TYPE t.yaml:17:21  where: a number never equals a text (expected write number(x) or text(x) to have both the same)',
      'WEIR_FIELD t.yaml:18:53  alert-rule reads mst, which records of stream sums do not have here (did you mean most?)',
      'WEIR_TYPE t.yaml:19:21  where: > takes two numbers or two texts, not text and number (expected write number(x) or text(x) to have both the same)',
      'WEIR_TYPE t.yaml:23:54  tumbling: sum() takes finite numbers, not a text (expected it is sum(value: number): number, with { where: condition } last if need be)',
      'WEIR_TYPE t.yaml:23:69  tumbling: mean() takes finite numbers, not a list (expected it is mean(value: number): number, with { where: condition } last if need be)',
      'WEIR_TYPE t.yaml:23:101  tumbling: * takes numbers, not number and text (expected write number(x) or text(x) to have both the same)',
      'WEIR_TYPE t.yaml:23:127  tumbling: distinct() takes numbers, texts or bools, not a object (expected it is distinct(value: number | text | bool): number, with { where: condition } last if need be)',
      'WEIR_FIELD t.yaml:27:108  where reads vale, which records of stream best do not have here (did you mean value?)',
    ]);
  });

  test('side outputs have what their stage says', async () => {
    expect(
      await issuesOf(`${schema}    do:
      - key: host
      - split: { big: value > 5 }
      - pattern:
          within: 1m
          steps: [{ name: up, if: value > 1, times: 2 }, { name: down, if: "value < up[0].value && down == null && hst == 'x'" }]
          select: { host: host, ups: up.length, fell: down.value, all: up, who: down.hots, value: value }
      - where: fell == "x" || who == 1
      - where: host == 5
    to: "null"
  big: { from: in.big, do: [{ where: valu > 5 || host > 5 }], to: "null" }
  late: { from: in.late, do: [{ where: value == "x" }], to: "null" }
  timeout: { from: in.timeout, do: [{ where: down.value == "x" }, { where: up == 5 }, { where: hosts == "x" }], to: "null" }
`),
    ).toEqual([
      'WEIR_FIELD t.yaml:12:116  pattern reads hst, which records of stream in do not have here (did you mean host?)',
      'WEIR_FIELD t.yaml:13:81  pattern reads down.hots, which records of stream in do not have here (did you mean down.host?)',
      'WEIR_FIELD t.yaml:13:99  pattern reads value, which records of stream in do not have here (expected host, matchStart, matchEnd, up, down)',
      'WEIR_TYPE t.yaml:14:21  where: a number never equals a text (expected write number(x) or text(x) to have both the same)',
      'WEIR_TYPE t.yaml:15:21  where: a text never equals a number (expected write number(x) or text(x) to have both the same)',
      'WEIR_FIELD t.yaml:17:38  where reads valu, which records of stream big do not have here (did you mean value?)',
      'WEIR_TYPE t.yaml:18:46  where: a number never equals a text (expected write number(x) or text(x) to have both the same)',
      'WEIR_TYPE t.yaml:19:57  where: a number never equals a text (expected write number(x) or text(x) to have both the same)',
      'WEIR_TYPE t.yaml:19:79  where: a list never equals a number (expected have both the same type)',
      'WEIR_FIELD t.yaml:19:96  where reads hosts, which records of stream timeout do not have here (did you mean host?)',
    ]);
  });
});

test('null is no fault: any field may be missing', async () => {
  expect(
    await issuesOf(`    schema: { at: time, x: number?, s: text?, r: { q: text? }, l: list? }
    do:
      - where: x == null || s != null || r == null || r.q == null || null == l || x in [1, null]
      - extend: { a: x ?? 5, b: "s ?? 'none'", c: r.q ?? s, d: "x == null ? null : x * 2", e: "null" }
      - where: a > 1 && b == "x" && c == "y" && d > 5 && e == 5 && e == "x"
      - key: e
      - reduce: { n: sum(e), m: max(x), first: first(e) }
    to: { file: { path: x, mode: upsert } }
`),
  ).toEqual([]);
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

describe('faults of one stream or step do not hide', () => {
  const first = async (lines: string) =>
    (await issuesOf(lines)).map((line) => line.split(', which')[0]?.split(' (')[0]);

  test('fields and types of another', async () => {
    expect(
      await first(`    schema: { at: time, price: number, url: text }
    do: [ { where: prise > 5 }, { where: url > 5 } ]
    to: stdout
  b: { source: { file: b.ndjson }, do: [ { top-n: { by: x, n: 0 } } ], to: stdout }
  c: { from: in, do: [ { where: ur == 1 } ], to: { stdout: { template: "\${pric}", colour: red } } }
  d: { from: in, do: [ { where: price == url }, { extend: { z: 1, 2 } }, { where: zz > 1 } ], to: stdout }
`),
    ).toEqual([
      'WEIR_FIELD t.yaml:7:20  where reads prise',
      'WEIR_TYPE t.yaml:7:46  where: > takes two numbers or two texts, not text and number',
      'WEIR_EVENT_TIME t.yaml:9:18  top-n in stream b works on event time, and stream b gives none',
      "WEIR_OPTION t.yaml:9:63  'n' of top-n cannot be 0",
      'WEIR_FIELD t.yaml:10:33  where reads ur',
      "WEIR_UNKNOWN_OPTION t.yaml:10:83  unknown option 'colour' of stdout",
      'WEIR_TYPE t.yaml:11:39  where: a number never equals a text',
      "WEIR_OPTION t.yaml:11:67  '2' of extend cannot be null",
    ]);
  });

  test.each([
    ['a circle', 'x: { from: y, to: stdout }\n  y: { from: x, to: stdout }'],
    ['a stream that there is not', 'x: { from: nowhere, do: [{ where: a > 1 }], to: stdout }'],
    ['a side that there is not', 'x: { from: in.nowhere, do: [{ where: a > 1 }], to: stdout }'],
    ['a stage that there is not', 'x: { from: in, do: [nowhere, { where: a > 1 }], to: nowhere }'],
    ['a step that is none', 'x: { from: in, do: [{}, { where: a > 1 }, 5], to: [[]] }'],
    ['a list that is none', 'x: { from: in, do: { where: a > 1 }, to: 5 }'],
    ['a source that is none', 'x: { source: {}, do: [{ where: a > 1 }] }\n  y: { from: [in, x, {}], to: stdout }'],
    [
      'another time',
      'x: { source: { file: x }, time: { at: 1 +, outOfOrder: far }, do: [{ where: a > 1 }], to: stdout }',
    ],
    [
      'a join with none',
      'x: { from: in, do: [{ join: { with: nowhere, on: a, window: 1m } }, { where: a > 1 }], to: stdout }',
    ],
    [
      'a name that is taken',
      'x: { from: in, do: [{ where: price > 1, name: in.file }, { where: a > 1 }], to: stdout }',
    ],
    ['a setting', 'x: { from: in, to: stdout }\ncheckpoint: { every: never }'],
  ])('fields, beside %s', async (_, lines) => {
    const told = await first(`    schema: { at: time, price: number }
    do: [ { where: prise > 5 } ]
    to: stdout
  ${lines}
`);
    expect(told.length).toBeGreaterThan(1);
    expect(told.filter((line) => line?.startsWith('WEIR_FIELD'))).toEqual([
      'WEIR_FIELD t.yaml:7:20  where reads prise',
    ]);
  });
});
