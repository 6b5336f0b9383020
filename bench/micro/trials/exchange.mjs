// What a keyed exchange between two threads costs: the producer hashes the key of each record and puts the record into
// its partition's batch; a full batch (of 1,000) goes over; the consumer reads every field of every record.
//
//   node bench/micro/trials/exchange.mjs [RECORDS] [ROUNDS] [BATCH]
//
// A record is { auction, bidder, price, dateTime, channel }: four numbers and a short string. Formats: rows (an array of
// objects) or columns (a Float64Array per number, the strings as an array or as one joined text), in msgpackr frames;
// ways: a ring in shared memory, or a MessagePort with the frame's memory transferred; and postMessage of the objects.
// Variants take turns within a round; the table has medians. Busy is the share of the time a thread was not asleep.

import { fileURLToPath } from 'node:url';
import { isMainThread, MessageChannel, parentPort, Worker } from 'node:worker_threads';
import { VARIANTS } from './exchange-formats.mjs';
import { median, table } from './report.mjs';
import { Ring } from './ring.mjs';

const PARTITIONS = 2;
const RING_BYTES = 1 << 22;
const IN_FLIGHT = 16; // frames, on a port

/** Records such as a decoder hands over: fresh objects of one shape, of which a few thousand repeat. */
function makeRecords(count) {
  return Array.from({ length: count }, (_, i) => ({
    auction: 1000 + ((i * 7919) % 100_000),
    bidder: 1000 + ((i * 104_729) % 50_000),
    price: 100 + ((i * 1299) % 1_000_000) / 4,
    dateTime: 1_600_000_000_000 + i,
    channel: i % 2 ? ['Google', 'Facebook', 'Baidu', 'Apple'][(i >> 1) % 4] : `channel-${(i * 31) % 10_000}`,
  }));
}

const hash = (key) => Math.imul(key ^ (key >>> 15), 0x9e3779b1) >>> 0;

async function produce({ variant, records, batch, memory, port }) {
  const { Batch, encode, way } = VARIANTS[variant];
  const source = makeRecords(1 << 14);
  const batches = new Batch(PARTITIONS, batch);
  const ring = way === 'ring' ? new Ring(memory, port) : undefined;
  let inFlight = 0;
  let credit = () => {};
  if (!ring) {
    port.on('message', (taken) => {
      inFlight -= taken;
      credit();
    });
  }
  let bytes = 0;
  for (let i = 0; i < records; i++) {
    const record = source[i & (source.length - 1)];
    const full = batches.add(hash(record.auction) & (PARTITIONS - 1), record);
    if (!full) continue;
    const frame = encode?.(full);
    if (frame) bytes += frame.length;
    if (ring) {
      while (!ring.write(frame)) await ring.writable();
      continue;
    }
    while (inFlight >= IN_FLIGHT) await new Promise((resolve) => (credit = resolve));
    inFlight++;
    if (way === 'clone') port.postMessage(full);
    else {
      const copy = new Uint8Array(frame); // the packer keeps its own memory
      port.postMessage(copy, [copy.buffer]);
    }
  }
  const end = Buffer.of(0); // what is left in the batches is not counted
  if (ring) while (!ring.write(end)) await ring.writable();
  else port.postMessage(null);
  return { bytes };
}

async function consume({ variant, memory, port }) {
  const { decode, way } = VARIANTS[variant];
  let sum = 0;
  let frames = 0;
  if (way === 'ring') {
    const ring = new Ring(memory, port);
    const frame = Buffer.alloc(1 << 20);
    for (let turn = performance.now(); ; ) {
      const length = ring.read(frame);
      if (length === 1) break;
      if (length === 0) await ring.readable();
      else {
        sum += decode(frame.subarray(0, length));
        frames++;
      }
      if (performance.now() - turn < 1) continue;
      await new Promise(setImmediate); // let sockets and timers of this thread have their share
      turn = performance.now();
    }
    ring.close();
    return { sum, frames };
  }
  await new Promise((resolve) => {
    let taken = 0;
    port.on('message', (frame) => {
      if (frame === null) return resolve();
      sum += decode(frame);
      frames++;
      if (++taken < IN_FLIGHT / 2) return;
      port.postMessage(taken);
      taken = 0;
    });
  });
  port.close();
  return { sum, frames };
}

async function main([records = '2000000', rounds = '5', batch = '1000']) {
  const workers = ['produce', 'consume'].map((role) => new Worker(fileURLToPath(import.meta.url), { argv: [role] }));
  const results = new Map(Object.keys(VARIANTS).map((name) => [name, []]));
  let expected;
  for (let round = 0; round <= Number(rounds); round++) {
    for (const variant of results.keys()) {
      const { port1, port2 } = new MessageChannel();
      const task = { variant, records: Number(records), batch: Number(batch), memory: Ring.allocate(RING_BYTES) };
      const started = performance.now();
      const parts = await Promise.all(
        [port1, port2].map(
          (port, i) =>
            new Promise((resolve, reject) => {
              workers[i].removeAllListeners().once('message', resolve).once('error', reject);
              workers[i].postMessage({ ...task, port }, [port]);
            }),
        ),
      );
      const [{ bytes, busy: producer }, { sum, frames, busy: consumer }] = parts;
      expected ??= sum;
      if (sum !== expected) throw new Error(`${variant} read ${sum}, not ${expected}`);
      const rate = (frames * Number(batch)) / (performance.now() - started) / 1000;
      if (round > 0) results.get(variant).push({ rate, bytes, producer, consumer }); // round 0 warms up
    }
  }
  for (const worker of workers) await worker.terminate();
  const of = (runs, field) => median(runs.map((run) => run[field]));
  table(
    [`batches of ${batch}`, 'million records/s', 'bytes a record', 'producer busy', 'consumer busy'],
    [...results].map(([name, runs]) => [
      name,
      of(runs, 'rate').toFixed(2),
      of(runs, 'bytes') ? (of(runs, 'bytes') / Number(records)).toFixed(0) : '-',
      `${(100 * of(runs, 'producer')).toFixed(0)} %`,
      `${(100 * of(runs, 'consumer')).toFixed(0)} %`,
    ]),
  );
}

if (isMainThread) await main(process.argv.slice(2));
else {
  parentPort.on('message', async (task) => {
    const before = performance.eventLoopUtilization();
    const part = await (process.argv[2] === 'produce' ? produce(task) : consume(task));
    parentPort.postMessage({ ...part, busy: performance.eventLoopUtilization(before).utilization });
  });
}
