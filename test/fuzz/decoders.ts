import { crc32, deflateRawSync, gzipSync } from 'node:zlib';
import avro from '../../actors/codecs/avro.ts';
import csv from '../../actors/codecs/csv.ts';
import json from '../../actors/codecs/json.ts';
import lines from '../../actors/codecs/lines.ts';
import msgpack from '../../actors/codecs/msgpack.ts';
import ndjson from '../../actors/codecs/ndjson.ts';
import protobuf from '../../actors/codecs/protobuf.ts';
import regex from '../../actors/codecs/regex.ts';
import { type Packed, unpack } from '../../actors/lib/packed/unpack.ts';
import type { Zstd } from '../../actors/lib/packed/zstd.ts';
import { FrameCutter, type Framing, framed } from '../../actors/lib/sockets/frames.ts';
import { EventParser } from '../../actors/lib/sse/event-parser.ts';
import { parseSyslog } from '../../actors/lib/syslog/parse.ts';
import type { CodecDefinition, Row } from '../../src/stage/index.ts';
import { materializeSync } from '../../src/topology/options.ts';
import { Collector, encode, feed } from '../actors/codecs/driver.ts';

/** What a decoder made of an input: records, and reasons why there are no more. */
export interface Made {
  readonly rows: readonly unknown[];
  readonly reasons: readonly string[];
}

export interface FuzzedDecoder {
  readonly name: string;
  readonly seeds: readonly Buffer[];
  /** Throws nothing but coded errors. */
  run(bytes: Buffer, random: () => number): Made | Promise<Made>;
  /** Makes an input valid again where a checksum would stop it at the door. */
  mend?(bytes: Buffer): Buffer;
}

const rows: Row[] = [
  { id: 1, name: 'ann', x: 2.5, ok: true, list: [1, 'a', null], inner: { a: 'ü€𝄞' } },
  { id: -(2 ** 40), name: 'a "quoted", text\\', x: 1e300, ok: false, list: [], inner: {} },
  { id: 0, name: '', x: -0.1, ok: null, list: [[[]]], inner: { deep: { deeper: [{}] } } },
];
const text = (value: string) => Buffer.from(value);

function ofCodec(
  name: string,
  codec: CodecDefinition<any>,
  seeds: readonly Buffer[],
  given: object = {},
): FuzzedDecoder {
  const options = materializeSync(codec.options, given as Record<string, unknown>);
  let out = new Collector();
  const make = () => codec.decoder!(options as never, { program: {}, out: to });
  const to = {
    accept: (row: Row, order: number) => out.accept(row, order),
    emit: (row: Row, time: number, order: number) => out.emit(row, time, order),
    skipped: (count: number) => out.skipped(count),
    malformed: (input: Uint8Array, reason: string, order: number) => out.malformed(input, reason, order),
  };
  let decoder = make();
  return {
    name,
    seeds,
    run(bytes, random) {
      out = new Collector();
      // What is last leaves nothing behind, but for a header.
      if (decoder.header !== undefined) decoder = make();
      const behind = decoder.header?.(bytes, 0, bytes.length, true) ?? 0;
      if (behind < 0) throw new Error('a last header is not whole');
      const cuts = random() < 0.5 ? [] : [Math.floor(random() * bytes.length), Math.floor(random() * bytes.length)];
      feed(decoder, bytes.subarray(behind), cuts);
      return { rows: out.got.rows, reasons: out.got.malformed.map(({ reason }) => reason) };
    },
  };
}

const schema = {
  type: 'record',
  name: 'R',
  fields: [
    { name: 'id', type: 'long' },
    { name: 'name', type: 'string' },
    { name: 'x', type: ['null', 'double', 'R'] },
    { name: 'list', type: { type: 'array', items: ['null', 'int', { type: 'map', values: 'bytes' }] } },
    { name: 'suit', type: { type: 'enum', name: 'S', symbols: ['A', 'B'] } },
    { name: 'price', type: { type: 'bytes', logicalType: 'decimal', precision: 9, scale: 2 } },
    { name: 'mark', type: { type: 'fixed', name: 'F', size: 3 } },
  ],
};
const records = [
  {
    id: 1,
    name: 'ann',
    x: 2.5,
    list: [null, 1, { k: Buffer.from('ab') }],
    suit: 'A',
    price: '1.25',
    mark: Buffer.from('abc'),
  },
  {
    id: -(2 ** 40),
    name: 'ü€',
    x: { id: 2, name: '', x: null, list: [], suit: 'B', price: '-7', mark: Buffer.from('xyz') },
    list: [7, 8],
    suit: 'B',
    price: '0',
    mark: Buffer.alloc(3),
  },
];
const proto = `syntax = "proto3"; import "google/protobuf/struct.proto"; import "google/protobuf/timestamp.proto";
  message R { int64 id = 1; string name = 2; repeated double xs = 3; map<string, R> inner = 4; oneof c { R one = 5; bytes raw = 6; }
  enum S { A = 0; B = 1; } S suit = 7; google.protobuf.Timestamp at = 8; google.protobuf.Struct more = 9; map<int64, sint32> counts = 10; }`;
const messages = [
  {
    id: '9007199254740993',
    name: 'ann',
    xs: [1, 2.5],
    inner: { a: { id: 1 } },
    raw: Buffer.from('abc'),
    suit: 'B',
    at: 1.5,
    counts: { 5: -1 },
  },
  { name: 'ü€', one: { one: { one: { name: 'deep' } } }, xs: [], inner: {} },
];
const packedOf = (packed: Packed, seeds: readonly Uint8Array[]): FuzzedDecoder => ({
  name: packed,
  seeds: seeds.map((seed) => Buffer.from(seed)),
  run(bytes) {
    const plain = unpack(bytes, packed, 1 << 20);
    return Buffer.isBuffer(plain)
      ? { rows: [{ length: plain.length }], reasons: [] }
      : { rows: [], reasons: [plain.what] };
  },
});
const frames = (framing: Exclude<Framing, 'auto'>): FuzzedDecoder => ({
  name: `frames by ${framing}`,
  seeds: [
    Buffer.concat(['one', 'two\r', '{"a":1}'].map((one) => framed(framing, text(one)))),
    framed(framing, Buffer.alloc(300, 'a')),
  ],
  run(bytes, random) {
    const cutter = new FrameCutter(framing, 1024);
    const made = { rows: [] as unknown[], reasons: [] as string[] };
    const take = () => {
      for (let frame = cutter.next(); frame !== undefined; frame = cutter.next()) {
        if (frame.refused === undefined) made.rows.push({ bytes: frame.bytes });
        else made.reasons.push(frame.refused);
      }
    };
    const cut = Math.floor(random() * bytes.length);
    for (const piece of [bytes.subarray(0, cut), bytes.subarray(cut)]) {
      cutter.append(piece);
      take();
    }
    const last = cutter.end();
    if (last?.refused !== undefined) made.reasons.push(last.refused);
    else if (last !== undefined) made.rows.push({ bytes: last.bytes });
    return made;
  },
});
const plainAvro = { schema, framing: 'none' };
const made = (codec: CodecDefinition<any>, given: object) =>
  materializeSync(codec.options, given as Record<string, unknown>) as object;

/** Every decoder of bytes from outside but those in files of their own. */
export function decoders(zstd: Zstd): FuzzedDecoder[] {
  const log = text('127.0.0.1 - frank [10/Oct/2000:13:55:36 -0700] "GET /a.gif HTTP/1.0" 200 2326\n');
  const array = text(JSON.stringify(rows));
  const byLine = text(rows.map((row) => `${JSON.stringify(row)}\n`).join(''));
  const table = text('id,name,price\r\n1,"Ada ""the first""",2.50\n007,,\n"a\nb",x,-1e5\n');
  const bare = encode(avro, records, made(avro, plainAvro));
  const container = encode(avro, records, made(avro, { schema }));
  const deflated = deflated1(container, bare);
  const delimited = encode(protobuf, messages as Row[], made(protobuf, { schema: proto }));
  const alone = encode(protobuf, messages.slice(0, 1) as Row[], made(protobuf, { schema: proto, framing: 'none' }));
  const long = text('some text that repeats, some text that repeats '.repeat(200) + Math.PI);
  return [
    ofCodec('json', json, [array, text('{"a": 1}')]),
    ofCodec('ndjson', ndjson, [byLine]),
    ofCodec('csv', csv, [Buffer.from(table.subarray(0, table.indexOf('"a\nb')))]),
    ofCodec('csv of several lines', csv, [table], { multiline: true, ragged: true }),
    ofCodec('lines', lines, [log, text('one\r\n\ntwo\n')]),
    ofCodec('lines that begin', lines, [text('2024 a\n  b\n2025 c\n')], { begins: '^\\d{4}' }),
    ofCodec('msgpack', msgpack, [encode(msgpack, rows, { framing: 'none' })]),
    ofCodec('msgpack by length', msgpack, [encode(msgpack, rows, { framing: 'length' })], { framing: 'length' }),
    ofCodec('regex', regex, [log], { pattern: 'apache-common' }),
    ofCodec('avro', avro, [bare], plainAvro),
    ofCodec('avro containers', avro, [container, deflated]),
    ofCodec('protobuf', protobuf, [delimited], { schema: proto }),
    ofCodec('protobuf alone', protobuf, [alone], { schema: proto, framing: 'none' }),
    {
      name: 'syslog',
      seeds: [
        text('<165>1 2003-10-11T22:14:15.003Z host.example app 12 ID47 [ex@32473 iut="3" s="a\\"b"][b@1] ms'),
        text("<34>Oct 11 22:14:15 mymachine su[12]: 'su root' failed"),
      ],
      run(bytes) {
        const found = parseSyslog(bytes, 1e12, { encoding: 'utf-8', zoneMs: 0 });
        return typeof found === 'string' ? { rows: [], reasons: [found] } : { rows: [found], reasons: [] };
      },
    },
    frames('newline'),
    frames('length'),
    frames('octets'),
    { ...packedOf('gzip', [gzipSync(long), gzipSync(''), gzipSync(byLine, { level: 0 })]), mend: mendGzip },
    packedOf('deflate', [deflateRawSync(long)]),
    packedOf('zstd', [zstd.compress(long, 3), zstd.compress(byLine, 19), zstd.compress(Buffer.alloc(9000), 1)]),
    {
      name: 'server-sent events',
      seeds: [text('event: a\nid: 7\ndata: {"x": 1}\ndata: y\n\n: note\nretry: 10\r\rdata\n\n')],
      run(bytes, random) {
        const found = { rows: [] as unknown[], reasons: [] as string[] };
        const parser = new EventParser(
          200,
          '',
          (event) => void found.rows.push(event),
          () => void found.reasons.push('too long'),
        );
        const cut = Math.floor(random() * bytes.length);
        parser.push(bytes.subarray(0, cut));
        parser.push(bytes.subarray(cut));
        return found;
      },
    },
  ];
}

/** A container whose only block is packed by deflate. */
function deflated1(container: Buffer, bare: Buffer): Buffer {
  const at = container.indexOf('avro.codec') + 'avro.codec'.length;
  const sync = container.subarray(-16);
  const block = deflateRawSync(bare);
  const head = Buffer.concat([container.subarray(0, at), text('\x0edeflate\0'), sync]);
  return Buffer.concat([
    head,
    Buffer.from([4, ((block.length * 2) & 127) | 128, (block.length * 2) >> 7]),
    block,
    sync,
  ]);
}

/** Puts the checksum right of what is stored as it is, so that what unpacks is not refused at its end alone. */
function mendGzip(bytes: Buffer): Buffer {
  const size = bytes.length < 20 ? 0 : bytes.readUInt16LE(11);
  if (bytes.length !== 10 + 5 + size + 8) return bytes;
  const mended = Buffer.from(bytes);
  mended.writeUInt32LE(crc32(mended.subarray(15, 15 + size)), mended.length - 8);
  return mended;
}
