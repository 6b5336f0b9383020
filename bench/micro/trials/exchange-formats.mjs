// The formats that exchange.mjs compares: how a batch is gathered, packed, unpacked and read.

import { Packr, Unpackr } from 'msgpackr';

const packr = new Packr({ moreTypes: true });
const unpackr = new Unpackr({ moreTypes: true });

class Rows {
  #batches;
  #size;

  constructor(partitions, size) {
    this.#batches = Array.from({ length: partitions }, () => []);
    this.#size = size;
  }

  /** Adds a record; returns the batch once it is full. */
  add(partition, record) {
    const batch = this.#batches[partition];
    if (batch.push(record) < this.#size) return undefined;
    this.#batches[partition] = [];
    return batch;
  }

  static read(rows) {
    let sum = 0;
    for (const row of rows) sum += row.auction + row.bidder + row.price + row.dateTime + row.channel.length;
    return sum;
  }
}

class Columns {
  #batches;
  #size;

  constructor(partitions, size) {
    this.#batches = Array.from({ length: partitions }, () => ({
      count: 0,
      auction: new Float64Array(size),
      bidder: new Float64Array(size),
      price: new Float64Array(size),
      dateTime: new Float64Array(size),
      channel: new Array(size).fill(''),
    }));
    this.#size = size;
  }

  add(partition, record) {
    const batch = this.#batches[partition];
    const i = batch.count++;
    batch.auction[i] = record.auction;
    batch.bidder[i] = record.bidder;
    batch.price[i] = record.price;
    batch.dateTime[i] = record.dateTime;
    batch.channel[i] = record.channel;
    if (i < this.#size - 1) return undefined;
    batch.count = 0; // the caller packs it before it adds more
    return batch;
  }

  static read({ auction, bidder, price, dateTime, channel }) {
    let sum = 0;
    for (let i = 0; i < auction.length; i++) sum += auction[i] + bidder[i] + price[i] + dateTime[i] + channel[i].length;
    return sum;
  }

  static toRows({ auction, bidder, price, dateTime, channel }) {
    const rows = new Array(auction.length);
    for (let i = 0; i < auction.length; i++) {
      rows[i] = { auction: auction[i], bidder: bidder[i], price: price[i], dateTime: dateTime[i], channel: channel[i] };
    }
    return rows;
  }
}

/** Strings of a batch as one text and their lengths: one string to write and one to read, cut where it is needed. */
function joinText(batch) {
  const lengths = new Uint16Array(batch.auction.length);
  let text = '';
  for (let i = 0; i < batch.auction.length; i++) {
    lengths[i] = batch.channel[i].length;
    text += batch.channel[i];
  }
  return { ...batch, channel: text, lengths };
}

function cutText(batch) {
  const texts = new Array(batch.auction.length);
  let at = 0;
  for (let i = 0; i < batch.auction.length; i++) {
    texts[i] = batch.channel.slice(at, at + batch.lengths[i]);
    at += batch.lengths[i];
  }
  return { ...batch, channel: texts };
}

const pack = (batch) => packr.pack(batch);
const unpack = (frame) => unpackr.unpack(frame);
const rows = { Batch: Rows, encode: pack, decode: (frame) => Rows.read(unpack(frame)) };
const columns = { Batch: Columns, encode: pack, decode: (frame) => Columns.read(unpack(frame)) };
const toRows = { ...columns, decode: (frame) => Rows.read(Columns.toRows(unpack(frame))) };
const joined = {
  Batch: Columns,
  encode: (batch) => pack(joinText(batch)),
  decode: (frame) => Columns.read(cutText(unpack(frame))),
};
export const VARIANTS = {
  'rows, ring': { ...rows, way: 'ring' },
  'columns, ring': { ...columns, way: 'ring' },
  'columns, read back to rows, ring': { ...toRows, way: 'ring' },
  'columns with joined text, ring': { ...joined, way: 'ring' },
  'rows, port with transfer': { ...rows, way: 'port' },
  'columns, port with transfer': { ...columns, way: 'port' },
  'postMessage of objects': { Batch: Rows, decode: Rows.read, way: 'clone' },
};
