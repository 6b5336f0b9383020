// The ways to do Nexmark q1 that decode.mjs compares. Each is a function of a sink (see `output` there) that returns
// lines(buf, view, p, end): it takes a buffer of whole lines, writes to sink.buf from sink.o on, and counts sink.records.

import { copyRange, objectCode, writeNumber, writeText } from './encode.mjs';
import { decoder } from './layout.mjs';

export const OUT_LIMIT = 1 << 20;
export const SCAN_ONLY = 'scan to locals, nothing written';
const BATCH = 1024;

const q1Fields = (number, text) => [
  { path: ['event_type'], as: 'number', test: 'v === 2' },
  { path: ['bid', 'auction'], as: number },
  { path: ['bid', 'bidder'], as: number },
  { path: ['bid', 'price'], as: 'number' },
  { path: ['bid', 'dateTime'], as: number },
  { path: ['bid', 'extra'], as: text },
];

function byRecords(sink, speculate) {
  const number = (name) => ({ name, code: `o = writeNumber(out, o, r.${name});` });
  const columns = [...['auction', 'bidder', 'price', 'dateTime'].map(number)];
  columns.push({ name: 'extra', code: 'o = writeText(out, o, r.extra);' });
  const encode = new Function(
    ...['writeNumber', 'writeText', 'sink', 'outView'],
    `return (out, batch, count) => {
      let o = sink.o;
      for (let i = 0; i < count; i++) { const r = batch[i]; ${objectCode(columns)} if (o > ${OUT_LIMIT}) o = sink.flush(o); }
      sink.o = o;
    }`,
  )(writeNumber, writeText, sink, sink.view);
  const batch = new Array(BATCH).fill(null);
  const drain = (count) => {
    encode(sink.buf, batch, count);
    sink.records += count;
    return 0;
  };
  return decoder({
    fields: q1Fields('number', 'string'),
    speculate,
    scope: { batch, drain },
    emit: {
      begin: 'let count = 0;',
      record: `const price = v3 === null ? null : v3 * 0.908;
        batch[count++] = { auction: v1, bidder: v2, price, dateTime: v4, extra: v5 };
        if (count === ${BATCH}) count = drain(count);`,
      end: 'drain(count);',
    },
  }).decode;
}

function byLocals(sink, speculate) {
  const raw = (name, field) => ({ name, code: `o = copyRange(out, outView, o, buf, view, s${field}, e${field});` });
  const price = { name: 'price', code: 'o = writeNumber(out, o, v3 === null ? null : v3 * 0.908);' };
  const columns = [raw('auction', 1), raw('bidder', 2), price, raw('dateTime', 4), raw('extra', 5)];
  return decoder({
    fields: q1Fields('raw', 'raw'),
    speculate,
    scope: { copyRange, writeNumber, out: sink.buf, outView: sink.view, sink },
    emit: {
      begin: 'let o = sink.o, records = 0;',
      record: `${objectCode(columns)} records++; if (o > ${OUT_LIMIT}) o = sink.flush(o);`,
      end: 'sink.o = o; sink.records += records;',
    },
  }).decode;
}

const scanOnly = (sink) =>
  decoder({
    fields: q1Fields('raw', 'raw'),
    scope: { sink },
    emit: {
      begin: 'let records = 0, sum = 0;',
      record: 'records++; sum += e1 - s1 + e2 - s2 + v3 + e4 - s4 + e5 - s5;',
      end: 'sink.records += records; sink.sum = sum;',
    },
  }).decode;

const byJsonParse = (sink) => (buf, _view, p, end) => {
  while (p < end) {
    const feed = buf.indexOf(10, p);
    const event = JSON.parse(buf.utf8Slice(p, feed));
    p = feed + 1;
    if (event.event_type !== 2) continue;
    const { auction, bidder, price, dateTime, extra } = event.bid;
    const text = JSON.stringify({ auction, bidder, price: price * 0.908, dateTime, extra });
    sink.o += sink.buf.utf8Write(`${text}\n`, sink.o);
    sink.records++;
    if (sink.o > OUT_LIMIT) sink.o = sink.flush(sink.o);
  }
};

/** Everything at a known place after a known key, and nothing checked: no decoder to use, only to compare with. */
const byHand = (sink) => (buf, _view, p, end) => {
  const out = sink.buf;
  let o = sink.o;
  while (p < end) {
    if (buf[p + 14] !== 50) {
      p = buf.indexOf(10, p) + 1;
      continue;
    }
    let c = 0;
    let auction = 0;
    let bidder = 0;
    let price = 0;
    let dateTime = 0;
    for (p += 33; (c = buf[p]) !== 44; p++) auction = auction * 10 + c - 48;
    for (p += 10; (c = buf[p]) !== 44; p++) bidder = bidder * 10 + c - 48;
    for (p += 9; (c = buf[p]) !== 44; p++) price = price * 10 + c - 48;
    for (p += 12; buf[p] !== 34; ) p++;
    for (p += 9; buf[p] !== 34; ) p++;
    for (p += 13; (c = buf[p]) !== 44; p++) dateTime = dateTime * 10 + c - 48;
    const start = p + 10;
    for (p = start; buf[p] !== 34; ) p++;
    const head = `{"auction":${auction},"bidder":${bidder},"price":${price * 0.908},"dateTime":${dateTime},"extra":"`;
    o += out.latin1Write(head, o);
    buf.copy(out, o, start, p);
    o += p - start;
    o += out.latin1Write('"}\n', o);
    p += 4;
    sink.records++;
    if (o > OUT_LIMIT) o = sink.flush(o);
  }
  sink.o = o;
};

export const VARIANTS = {
  'JSON.parse, JSON.stringify': byJsonParse,
  'scan to records, general scan only': (sink) => byRecords(sink, false),
  'scan to records': (sink) => byRecords(sink, true),
  'scan to locals, general scan only': (sink) => byLocals(sink, false),
  'scan to locals': (sink) => byLocals(sink, true),
  'by hand, unchecked': byHand,
  [SCAN_ONLY]: scanOnly,
};
