import { describe, expect, test } from 'vitest';
import avro from '../../../actors/codecs/avro.ts';
import { Bytes, type Row } from '../../../src/stage/index.ts';
import { materializeSync } from '../../../src/topology/options.ts';
import { Collector, decode, encode, feed } from './driver.ts';
import oracle from './fixtures/avro-oracle.json' with { type: 'json' };

const made = (options: object) => materializeSync(avro.options, options as Record<string, unknown>) as object;
const plain = (schema: unknown) => made({ schema, framing: 'none' });
const hex = (text: string) => Buffer.from(text, 'hex');
const simple = oracle.plain[0]!;

describe('what fastavro 1.13.1 has written', () => {
  test.each(oracle.plain)('plain: $name', ({ schema, values }) => {
    const rows = values.map(({ row }) => row);
    const options = plain(schema);
    const bytes = Buffer.concat(values.map((value) => hex(value.hex)));
    for (const cuts of [[], [1, 2, 3, 9, 40], Array.from({ length: bytes.length }, (_, i) => i)]) {
      expect(decode(avro, bytes, { options, cuts })).toMatchObject({ rows, malformed: [] });
    }
    expect(encode(avro, rows as Row[], options).toString('hex')).toBe(bytes.toString('hex'));
  });

  test.each(oracle.containers)('a container whose blocks are packed by $codec', (container) => {
    const bytes = hex(container.hex);
    const rows = simple.values.map(({ row }) => row);
    const out = new Collector();
    const decoder = avro.decoder!(made({}) as never, { program: {}, out });
    for (let i = 1; i < 100; i++) expect(decoder.header!(bytes, 0, i, false)).toBe(-1);
    const from = decoder.header!(bytes, 0, bytes.length, true);
    feed(decoder, bytes.subarray(from), [1, 7, 30, 31, 90]);
    expect(out.got.rows).toEqual(rows);
    expect(out.got.orders).toEqual([...out.got.orders].sort((a, b) => a - b));
  });

  test.each(oracle.resolved)('read by another schema', ({ writer, reader, hex: text, row }) => {
    const out = new Collector();
    const header = encode(avro, [], made({ schema: writer }));
    const body = hex(text);
    const sync = header.subarray(-16);
    const file = Buffer.concat([header, Buffer.from([2, body.length * 2]), body, sync]);
    const decoder = avro.decoder!(made({ schema: reader }) as never, { program: {}, out });
    feed(decoder, file.subarray(decoder.header!(file, 0, file.length, true)));
    expect(out.got).toMatchObject({ rows: [row], malformed: [] });
  });
});

test('a container that is written is read back, and one that is damaged ends as one dead letter', () => {
  const rows = simple.values.map(({ row }) => row);
  const options = made({ schema: JSON.stringify(simple.schema) });
  const file = encode(avro, rows as Row[], options);
  const read = (bytes: Buffer) => {
    const out = new Collector();
    const decoder = avro.decoder!(made({}) as never, { program: {}, out });
    feed(decoder, bytes.subarray(decoder.header!(bytes, 0, bytes.length, true)));
    return out.got;
  };
  expect(read(file)).toMatchObject({ rows, malformed: [] });
  const bad = Buffer.from(file);
  bad[file.length - 60]! ^= 0xff;
  expect(read(bad).malformed.length).toBe(1);
  expect(read(Buffer.from('plain text')).malformed).toMatchObject([{ reason: 'it is no Avro container file' }]);
});

describe('dead letters', () => {
  const reasons = (schema: unknown, bytes: Buffer | string) =>
    decode(avro, typeof bytes === 'string' ? hex(bytes) : bytes, { options: plain(schema) }).malformed.map(
      ({ reason }) => reason,
    );

  test.each([
    ['cut short', 'long', '80', 'it is cut short'],
    ['a number without an end', 'long', 'ff'.repeat(11), 'a number has more than 64 bits'],
    ['an int of 33 bits', 'int', '8080808020', 'a number has more than 32 bits'],
    ['a text that is not UTF-8', 'string', '02ff', 'a text is not UTF-8'],
    ['a length below 0', 'bytes', '01', 'a length that there is not'],
    ['a branch too many', ['null', 'int'], '04', 'a branch that the union has not'],
    [
      'ten billion nulls',
      { type: 'array', items: 'null' },
      '80c8afa04b00',
      'a list of more items than there are bytes',
    ],
    [
      'a key __proto__',
      { type: 'map', values: 'null' },
      `0212${Buffer.from('__proto__').toString('hex')}00`,
      'a key of a map may not be __proto__',
    ],
    ['a record of nothing', { type: 'record', name: 'R', fields: [] }, '00', 'a value of no bytes'],
  ])('%s', (_, schema, bytes, reason) => {
    expect(reasons(schema, bytes)).toEqual([reason]);
  });

  test('deeper than 200', () => {
    const deep = Buffer.concat([...Array(5000).fill(hex('0202'))]);
    expect(reasons(oracle.plain[3]!.schema, deep)).toEqual(['values lie in each other deeper than 200']);
  });
});

describe('coded errors', () => {
  test.each([
    ['{', 'it is no JSON'],
    [{ type: 'record', name: 'R', fields: [{ name: 'x', type: 'Unknown' }] }, 'there is no type Unknown'],
    [{ type: 'record', name: 'R', fields: [{ name: '__proto__', type: 'int' }] }, 'a field may not be named __proto__'],
    [{ type: 'enum', name: 'E' }, 'enum E has no symbols'],
    [[['null']], 'a union has branches'],
  ])('a schema %j', (schema, what) => {
    expect(() => avro.refuse!(plain(schema) as never)).toThrow(
      expect.objectContaining({ code: 'WEIR_AVRO_SCHEMA', message: expect.stringContaining(what) }),
    );
  });

  test('a record that does not fit says which field', () => {
    const encoder = avro.encoder!(plain(simple.schema) as never, {});
    const into = new Bytes();
    expect(() => encoder.encode({ id: 1, name: 2, x: null }, into)).toThrow(
      expect.objectContaining({ code: 'WEIR_AVRO_VALUE', message: 'field name does not fit its schema' }),
    );
    expect(into.length).toBe(0);
  });
});
