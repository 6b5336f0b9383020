import { describe, expect, test } from 'vitest';
import { issuesOf } from './typed-issues.ts';

describe('joins', () => {
  const pair = (step: string, more = '') => `    schema: { at: time, id: number, name: text, tags: list }
    do:
      - ${step}
${more}    to: "null"
  orders:
    source: { file: orders.ndjson }
    time: at
    schema: { at: time, seller: number, code: text, price: number }
    to: "null"
`;

  test('in conditions and results each side has its fields and types', async () => {
    const on = 'with: orders, on: id == seller, window: 1m';
    expect(
      await issuesOf(
        pair(
          `join: { ${on}, where: orders.pric > 5 || nam == "x", select: { id: id, price: orders.price, start: windowStart, bad: orders.sellr } }`,
          '      - where: price == "x" || start == 5 || id == "x"\n',
        ),
      ),
    ).toEqual([
      'WEIR_FIELD t.yaml:8:68  join reads orders.pric, which records of stream in do not have here (did you mean orders.price?)',
      'WEIR_FIELD t.yaml:8:87  join reads nam, which records of stream in do not have here (did you mean name?)',
      'WEIR_FIELD t.yaml:8:163  join reads orders.sellr, which records of stream in do not have here (did you mean orders.seller?)',
      'WEIR_TYPE t.yaml:9:22  where: a number never equals a text (expected write number(x) or text(x) to have both the same)',
    ]);
    expect(
      await issuesOf(
        pair(
          `join: { ${on}, as: o, where: o.price > "5" && name != 5 }`,
          '      - where: o.code == 5\n      - where: windowStart == name\n      - where: o.cod == "x"\n',
        ),
      ),
    ).toEqual([
      'WEIR_TYPE t.yaml:8:83  join: > takes two numbers or two texts, not number and text (expected write number(x) or text(x) to have both the same)',
      'WEIR_TYPE t.yaml:9:23  where: a text never equals a number (expected write number(x) or text(x) to have both the same)',
      'WEIR_TYPE t.yaml:10:28  where: a time never equals a text (expected write parseTime("…") for a time)',
      'WEIR_FIELD t.yaml:11:16  where reads o.cod, which records of stream in do not have here (did you mean o.code?)',
    ]);
  });

  test('keys that can never be equal, and what is no key', async () => {
    expect(await issuesOf(pair('join: { with: orders, on: id == code, window: 1m }'))).toEqual([
      'WEIR_TYPE t.yaml:8:41  join: a number of this stream never equals a text of the other (expected write number(x) or text(x) to have both the same)',
    ]);
    expect(await issuesOf(pair('enrich: { with: orders, on: [name == code, tags == price] }'))).toEqual([
      'WEIR_TYPE t.yaml:8:52  enrich: a list is no key (expected text, a number, true or false; for a whole value toJson(x))',
    ]);
    expect(await issuesOf(pair('key: [name, tags]'))).toEqual([
      'WEIR_TYPE t.yaml:8:21  key: a list is no key (expected text, a number, true or false; for a whole value toJson(x))',
    ]);
  });

  test('what is found has the fields of its stream', async () => {
    const more = '      - where: order.code == 5 || name == 5\n      - where: order.cod == "x"\n';
    expect(await issuesOf(pair('enrich: { with: orders, on: id == seller, as: order }', more))).toEqual([
      'WEIR_TYPE t.yaml:9:27  where: a text never equals a number (expected write number(x) or text(x) to have both the same)',
      'WEIR_FIELD t.yaml:10:16  where reads order.cod, which records of stream in do not have here (did you mean order.code?)',
    ]);
    const rows = 'rows: [{ id: 1, name: a }]';
    const found = '      - where: found.anything == 5 || nam == 5\n';
    expect(await issuesOf(pair(`lookup: { ${rows}, on: idd == id }`, found))).toEqual([
      'WEIR_FIELD t.yaml:8:51  lookup reads idd, which records of stream in do not have here (did you mean id?)',
      'WEIR_FIELD t.yaml:9:39  where reads nam, which records of stream in do not have here (did you mean name?)',
    ]);
    const select = 'select: { id: id, what: found.name, other: fond.name }';
    expect(
      await issuesOf(pair(`lookup: { ${rows}, on: id == id, ${select} }`, found.replace('found.anything', 'id'))),
    ).toEqual([
      'WEIR_FIELD t.yaml:8:104  lookup reads fond.name, which records of stream in do not have here (did you mean found?)',
      'WEIR_FIELD t.yaml:9:27  where reads nam, which records of stream in do not have here (expected id, what, other)',
    ]);
  });

  test('a field of the result may have the name of the other stream', async () => {
    for (const stage of ['join', 'enrich']) {
      const as = stage === 'join' ? 'orders' : 'other';
      const select = `select: { ${as}: ${as}.price }`;
      const step = `${stage}: { with: orders, on: id == seller, ${select} }`;
      expect(await issuesOf(pair(step, `      - where: ${as} == 5\n`))).toEqual([]);
    }
  });

  test('what is late may be of either stream', async () => {
    expect(
      await issuesOf(`${pair('join: { with: orders, on: id == seller, within: { after: 5s } }')}  late:
    from: in.late
    do: [{ where: price == "x" || name == "x" || sellerr == 5 }]
    to: "null"
`),
    ).toEqual([
      'WEIR_FIELD t.yaml:17:50  where reads sellerr, which records of stream late do not have here (did you mean seller?)',
    ]);
  });
});

describe('unions', () => {
  const all = (
    where: string,
    b = 'schema: { at: time, x: text, y: number, r: { q: text } }',
  ) => `    schema: { at: time, x: number, z: text, r: { p: number } }
    to: "null"
  b:
    source: { file: b.ndjson }
    time: at
    ${b}
  all: { from: [in, b], do: [{ where: '${where}' }], to: "null" }
`;

  test('records may have the fields of every branch, and a type where the branches agree', async () => {
    expect(await issuesOf(all('x == 5 || x == "5" || y > 1 || z == "x" || r.p == 5 || r.q == "x" || at > 5'))).toEqual(
      [],
    );
    expect(await issuesOf(all('y == "x"'))).toEqual([
      'WEIR_TYPE t.yaml:12:42  where: a number never equals a text (expected write number(x) or text(x) to have both the same)',
    ]);
    expect(await issuesOf(all('w == r.s'))).toEqual([
      'WEIR_FIELD t.yaml:12:40  where reads w, which records of stream all do not have here (did you mean x?)',
      'WEIR_FIELD t.yaml:12:45  where reads r.s, which records of stream all do not have here (did you mean r.p?)',
    ]);
  });

  test('of which one branch is unknown, nothing is said', async () => {
    expect(await issuesOf(all('w == 5 || x == "x" || z == 5', 'doc: anything'))).toEqual([]);
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
