import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import avro from '../../../actors/codecs/avro.ts';
import { Bytes, type Row } from '../../../src/stage/index.ts';
import { materializeSync } from '../../../src/topology/options.ts';
import { FakeRegistry } from '../support/fake-registry.ts';
import { Collector } from './driver.ts';
import oracle from './fixtures/avro-oracle.json' with { type: 'json' };

let registry: FakeRegistry;
let url: string;
beforeEach(async () => {
  registry = new FakeRegistry();
  url = await registry.listen();
});
afterEach(() => registry.close());

const simple = oracle.plain[0]!;
const schema = JSON.stringify(simple.schema);
const made = (options: object) => materializeSync(avro.options, options as Record<string, unknown>) as never;

/** A message as Confluent's serializers write it. */
const message = (id: number, hex: string) => {
  const head = Buffer.alloc(5);
  head.writeUInt32BE(id, 1);
  return Buffer.concat([head, Buffer.from(hex, 'hex')]);
};

/** Reads messages, waiting for what they need, as a source does. */
async function read(messages: readonly Buffer[], options: object = {}) {
  const out = new Collector();
  const decoder = avro.decoder!(made({ registry: { url }, ...options }), { program: {}, out });
  for (const bytes of messages) {
    await decoder.awaits?.(bytes, 0, bytes.length);
    expect(decoder.awaits?.(bytes, 0, bytes.length)).toBeUndefined();
    expect(decoder.decode(bytes, 0, bytes.length, 0, true)).toBe(bytes.length);
  }
  return out.got;
}

async function write(rows: readonly Row[], options: object) {
  const encoder = avro.encoder!(made(options), {});
  await encoder.ready?.();
  return rows.map((row) => {
    const into = new Bytes();
    encoder.encode(row, into);
    return into.view().toString('hex');
  });
}

describe('reading', () => {
  test('by the number of the schema, which is asked for once', async () => {
    const id = registry.add('a', schema);
    const messages = simple.values.map(({ hex }) => message(id, hex));
    const got = await read([...messages, ...messages]);
    const rows = simple.values.map(({ row }) => row);
    expect(got).toMatchObject({ rows: [...rows, ...rows], malformed: [] });
    expect(registry.calls).toEqual([`GET /schemas/ids/${id}`]);
  });

  test('by another schema than was written, which refers to others', async () => {
    const { writer, reader, hex, row } = oracle.resolved[0]!;
    const inner = { type: 'fixed', name: 'a.b.Id', size: 2 };
    registry.add('ids', JSON.stringify(inner));
    const outer = { ...writer, fields: [...writer.fields, { name: 'more', type: 'a.b.Id' }] };
    const id = registry.add('s', JSON.stringify(outer), {
      references: [{ name: 'a.b.Id', subject: 'ids', version: 1 }],
    });
    const got = await read([message(id, `${hex}0102`)], { schema: reader });
    expect(got).toMatchObject({ rows: [row], malformed: [] });
  });

  test('what is no such message, or of no schema, is a dead letter', async () => {
    const id = registry.add('p', 'syntax = "proto3";', { schemaType: 'PROTOBUF' });
    const good = registry.add('a', schema);
    const got = await read([
      Buffer.from('{"a": 1}'),
      Buffer.from([0, 0]),
      message(99, '00'),
      message(99, '00'),
      message(id, '00'),
      message(good, `${simple.values[0]!.hex}00`),
    ]);
    expect(got.rows).toEqual([]);
    expect(got.malformed.map(({ reason }) => reason)).toEqual([
      'it does not begin with a zero and the number of a schema',
      'it does not begin with a zero and the number of a schema',
      'the registry has no schema 99',
      'the registry has no schema 99',
      `schema ${id}: it is no Avro, but PROTOBUF`,
      '1 bytes stand behind the value',
    ]);
    expect(registry.calls.filter((call) => call.endsWith('99')).length).toBe(1);
  });

  test('a source that does not wait is told so', () => {
    const decoder = avro.decoder!(made({ registry: { url } }), { program: {}, out: new Collector() });
    const bytes = message(1, '00');
    expect(() => decoder.decode(bytes, 0, bytes.length, 0, true)).toThrow(
      expect.objectContaining({ code: 'WEIR_SCHEMA_WAIT' }),
    );
  });
});

describe('writing', () => {
  const rows = simple.values.map(({ row }) => row) as Row[];
  const expected = (id: number) => simple.values.map(({ hex }) => message(id, hex).toString('hex'));

  test('registers the schema, or looks it up, or takes the latest', async () => {
    registry.add('other', '"string"');
    const of = (more: object) => ({ schema: simple.schema, registry: { url, subject: 'x y/z', ...more } });
    await expect(write(rows, of({ write: 'lookup' }))).rejects.toMatchObject({ code: 'WEIR_SCHEMA_REGISTRY' });
    expect(await write(rows, of({}))).toEqual(expected(2));
    expect(await write(rows, of({}))).toEqual(expected(2));
    expect(await write(rows, of({ write: 'lookup' }))).toEqual(expected(2));
    expect(await write(rows, { registry: { url, subject: 'x y/z', write: 'latest' } })).toEqual(expected(2));
    expect(registry.subjects.get('x y/z')!.length).toBe(1);
  });
});

describe('a registry', () => {
  test('that has no time is asked again', async () => {
    const id = registry.add('a', schema);
    registry.faults.push(503, 429);
    expect((await read([message(id, simple.values[0]!.hex)])).rows.length).toBe(1);
    expect(registry.calls.length).toBe(3);
  });

  test.each([
    [{ user: 'ann', password: 'pw:x' }, `Basic ${Buffer.from('ann:pw:x').toString('base64')}`],
    [{ token: 's3cret' }, 'Bearer s3cret'],
  ])('that wants a login gets it, and who has none is told for good', async (login, authorization) => {
    registry.authorization = authorization;
    const id = registry.add('a', schema);
    const bytes = message(id, simple.values[0]!.hex);
    expect((await read([bytes], { registry: { url, ...login } })).rows.length).toBe(1);
    const refused = read([bytes], { registry: { url, token: 'wr0ng' } });
    await expect(refused).rejects.toMatchObject({ code: 'WEIR_SCHEMA_LOGIN', data: { permanent: true } });
    await expect(refused).rejects.not.toThrow(/wr0ng/);
  });
});
