import { readFileSync, writeFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import protobuf from '../../../actors/codecs/protobuf.ts';
import { Bytes, type Row } from '../../../src/stage/index.ts';
import { materializeSync } from '../../../src/topology/options.ts';
import { freshFolder } from '../../support/folder.ts';
import { FakeRegistry } from '../support/fake-registry.ts';
import { Collector, decode, encode } from './driver.ts';
import oracle from './fixtures/protobuf-oracle.json' with { type: 'json' };

const folder = freshFolder();
const schema = readFileSync(new URL('./fixtures/protobuf-oracle.proto', import.meta.url), 'utf8');
const made = (options: object) => materializeSync(protobuf.options, options as Record<string, unknown>) as object;
const message = 'weir.test.All';
const hex = (text: string) => Buffer.from(text, 'hex');
/** As the oracle has rows: bytes in Base64. */
const shown = (rows: readonly Row[]) =>
  JSON.parse(
    JSON.stringify(rows, (_, value) =>
      value?.type === 'Buffer' ? hex(Buffer.from(value.data).toString('hex')).toString('base64') : value,
    ),
  );
const rows = oracle.cases.map(({ row }) => row);

describe("what Python's protobuf 7.36.2 has written", () => {
  test('alone', () => {
    for (const { hex: text, row } of oracle.cases) {
      const options = made({ schema, message, framing: 'none' });
      if (text !== '') expect(shown(decode(protobuf, hex(text), { options }).rows)).toEqual([row]);
    }
  });

  test.each(['text', 'file', 'descriptor set'])('behind lengths, by a schema as %s', (how) => {
    folder.write('all.proto', schema);
    const bytes = hex(oracle.cases.map(({ delimited }) => delimited).join(''));
    const given = how === 'text' ? { schema } : { file: how === 'file' ? folder.at('all.proto') : setFile() };
    const options = made({ ...given, message });
    for (const cuts of [[], Array.from({ length: bytes.length }, (_, i) => i)]) {
      const got = decode(protobuf, bytes, { options, cuts });
      expect(got.malformed).toEqual([]);
      expect(shown(got.rows)).toEqual(rows);
    }
  });

  test('is written so that it is read back', () => {
    const options = made({ schema, message });
    const bytes = encode(protobuf, rows as Row[], options);
    const got = shown(decode(protobuf, bytes, { options }).rows);
    // Struct is only read.
    expect(got).toEqual(rows.map((row) => ({ ...row, more: row.more === null ? null : {} })));
    const second = oracle.cases[2]!;
    expect(encode(protobuf, [second.row as Row], options).toString('hex')).toBe(second.delimited);
  });
});

function setFile(): string {
  const path = folder.at('all.desc');
  writeFileSync(path, hex(oracle.descriptors));
  return path;
}

test('dead letters', () => {
  const options = made({ schema, message });
  const reasons = (text: string) => decode(protobuf, hex(text), { options }).malformed.map(({ reason }) => reason);
  expect(reasons('05')).toEqual(['the last message is cut short']);
  expect(reasons('ffffffffff01')).toEqual(['a length has more than 32 bits']);
  expect(reasons('020a05')).toEqual([expect.stringMatching(/^it is no weir.test.All: /)]);
  expect(reasons('045a02ffff')).toEqual([expect.stringMatching(/not valid for encoding utf-8/)]);
  // Messages in each other, 1,000 deep: field 21 holds field 2 holds field 21.
  let deep = Buffer.alloc(0);
  for (let i = 0; i < 500; i++) {
    for (const tag of [[0x12], [0xaa, 0x01]]) deep = Buffer.concat([Buffer.from(tag), lengthOf(deep), deep]);
  }
  expect(reasons(Buffer.concat([lengthOf(deep), deep]).toString('hex')).length).toBe(1);
});

function lengthOf(bytes: Buffer): Buffer {
  const out: number[] = [];
  let left = bytes.length;
  for (; left > 127; left >>>= 7) out.push((left & 127) | 128);
  return Buffer.from([...out, left]);
}

test('a schema that cannot be used, and a record that does not fit', () => {
  const refused = (options: object) => () => protobuf.refuse!(made(options) as never);
  expect(refused({ schema: 'message {' })).toThrow(expect.objectContaining({ code: 'WEIR_PROTOBUF_SCHEMA' }));
  expect(refused({ schema, message: 'No' })).toThrow(expect.objectContaining({ code: 'WEIR_PROTOBUF_SCHEMA' }));
  expect(refused({ schema: 'syntax = "proto3"; import "x.proto"; message M {}' })).toThrow(/there is no x\.proto/);
  for (const row of [
    { i32: 'x' },
    { i32: 2 ** 31 },
    { u64: -1 },
    { u64: '18446744073709551616' },
    { suit: 'NONE' },
    { texts: [1] },
  ]) {
    const into = new Bytes();
    const encoder = protobuf.encoder!(made({ schema, message }) as never, {});
    expect(() => encoder.encode(row, into)).toThrow(expect.objectContaining({ code: 'WEIR_PROTOBUF_VALUE' }));
  }
});

describe('by a registry', () => {
  let registry: FakeRegistry;
  let url: string;
  beforeEach(async () => {
    registry = new FakeRegistry();
    url = await registry.listen();
  });
  afterEach(() => registry.close());

  test('a message says where its type stands in the schema', async () => {
    registry.add('p', 'syntax = "proto3"; package o; message Other { int32 n = 1; }', { schemaType: 'PROTOBUF' });
    const id = registry.add(
      'a',
      `${schema}\nmessage Uses { o.Other other = 1; }`.replace('import', 'import "o.proto";\nimport'),
      {
        schemaType: 'PROTOBUF',
        references: [{ name: 'o.proto', subject: 'p', version: 1 }],
      },
    );
    const out = new Collector();
    const decoder = protobuf.decoder!(made({ registry: { url } }) as never, { program: {}, out });
    const head = `00000000${id.toString(16).padStart(2, '0')}`;
    for (const [path, body] of [
      ['00', oracle.point],
      ['0200', oracle.point],
      ['0402' + '00', oracle.inner],
      ['0204', '0a020805'],
      ['02' + '14', '00'],
      ['04', '00'],
    ] as const) {
      const bytes = hex(head + path + body);
      await decoder.awaits?.(bytes, 0, bytes.length);
      decoder.decode(bytes, 0, bytes.length, 0, true);
    }
    const point = { x: 2.5, y: -1 };
    expect(out.got.rows).toEqual([point, point, { name: 'in', deeper: null }, { other: { n: 5 } }]);
    expect(out.got.malformed.map(({ reason }) => reason)).toEqual([
      'the schema has no message at 10',
      'the place of its type is cut short',
    ]);
    expect(registry.calls.length).toBe(2);
  });

  test('writing registers the schema, and says where the type stands', async () => {
    const given = { schema, message: 'weir.test.All.Inner', registry: { url, subject: 's' } };
    const encoder = protobuf.encoder!(made(given) as never, {});
    await encoder.ready?.();
    const into = new Bytes();
    encoder.encode({ name: 'in' }, into);
    expect(into.view().toString('hex')).toBe(`0000000001${'040200'}${oracle.inner}`);
    expect(registry.subjects.get('s')).toMatchObject([{ schemaType: 'PROTOBUF', schema }]);
  });
});
