// What decoding and encoding cost: Nexmark q1 (bids only; auction, bidder, price * 0.908, dateTime, extra) from an NDJSON
// file to NDJSON, on one thread and on two, each with its part of the file.
//
//   node bench/micro/trials/decode.mjs EVENTS.ndjson [ROUNDS]
//
// Variants take turns within a round. Round 0 writes files and shows that all write the same bytes; it is the column
// "cold". The other rounds write to the null device, so that no disk is measured; the table has their medians.

import { createHash } from 'node:crypto';
import { closeSync, mkdtempSync, openSync, readFileSync, readSync, rmSync, statSync, writeSync } from 'node:fs';
import { devNull, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { isMainThread, parentPort, Worker } from 'node:worker_threads';
import { OUT_LIMIT, SCAN_ONLY, VARIANTS } from './decode-variants.mjs';
import { median, table } from './report.mjs';

const CHUNK = 1 << 20;
const SLACK = 1 << 16; // no line is longer

/** A buffer with a view on the same bytes. */
function bytes(size) {
  const memory = new ArrayBuffer(size);
  return { buf: Buffer.from(memory), view: new DataView(memory) };
}

/** Hands over the lines that begin in [from, to) of the file, in buffers of whole lines. */
function readLines(file, from, to, onLines) {
  const fd = openSync(file, 'r');
  const { buf, view } = bytes(CHUNK + 2 * SLACK);
  let pos = from;
  if (from > 0) {
    const read = readSync(fd, buf, 0, SLACK, from - 1);
    pos += buf.subarray(0, read).indexOf(10);
  }
  let left = 0;
  while (pos - left < to) {
    const read = readSync(fd, buf, left, CHUNK, pos);
    if (read === 0) break;
    pos += read;
    const filled = left + read;
    let end = buf.lastIndexOf(10, filled - 1) + 1;
    const border = to - (pos - filled);
    if (border < end) end = buf.indexOf(10, border - 1) + 1; // the line that crosses the border belongs to this part
    onLines(buf, view, 0, end);
    left = filled - end;
    buf.copyWithin(0, end, filled);
  }
  closeSync(fd);
}

/** A buffer in front of whatever file is open just now. */
function output() {
  let fd = -1;
  return {
    ...bytes(OUT_LIMIT + SLACK),
    o: 0,
    records: 0,
    open(file) {
      fd = openSync(file, 'w');
      this.o = this.records = 0;
    },
    flush(end) {
      writeSync(fd, this.buf, 0, end);
      return 0;
    },
    close() {
      this.flush(this.o);
      closeSync(fd);
    },
  };
}

const kept = new Map();

/** Runs a variant over a part of the file. Its code is made once per thread, as in a running topology. */
function work({ variant, file, from, to, out }) {
  if (!kept.has(variant)) {
    const sink = output();
    kept.set(variant, { sink, lines: VARIANTS[variant](sink) });
  }
  const { sink, lines } = kept.get(variant);
  sink.open(out);
  readLines(file, from, to, lines);
  sink.close();
  return sink.records;
}

const ask = (worker, task) =>
  new Promise((resolve, reject) => {
    worker.removeAllListeners().once('message', resolve).once('error', reject);
    worker.postMessage(task);
  });

function digest(files) {
  const hash = createHash('sha256');
  for (const file of files) hash.update(readFileSync(file));
  return hash.digest('hex');
}

async function main([file, rounds = '5']) {
  const size = statSync(file).size;
  const folder = mkdtempSync(join(tmpdir(), 'weir-decode-'));
  const workers = [0, 1].map(() => new Worker(fileURLToPath(import.meta.url)));
  const names = Object.keys(VARIANTS);
  const times = new Map(names.flatMap((name) => [1, 2].map((threads) => [name + threads, []])));
  let records = 0;
  let expected;
  for (let round = 0; round <= Number(rounds); round++) {
    for (const variant of names) {
      for (const threads of [1, 2]) {
        const outs = workers.slice(0, threads).map((_, i) => (round === 0 ? join(folder, `out.${i}`) : devNull));
        const cut = (i) => Math.floor((size * i) / threads);
        const started = performance.now();
        const counts = await Promise.all(
          outs.map((out, i) => ask(workers[i], { variant, file, from: cut(i), to: cut(i + 1), out })),
        );
        times.get(variant + threads).push((performance.now() - started) / 1000);
        records = counts.reduce((sum, count) => sum + count, 0);
        if (round > 0 || variant === SCAN_ONLY) continue;
        const written = `${records} ${digest(outs)}`;
        expected ??= written;
        if (written !== expected) throw new Error(`${variant} on ${threads} wrote something else`);
      }
    }
  }
  for (const worker of workers) await worker.terminate();
  rmSync(folder, { recursive: true });
  const million = (seconds) => (records / seconds / 1e6).toFixed(2);
  const cells = ([cold, ...warm]) => [million(median(warm)), million(cold)];
  table(
    ['million bids/s', '1 thread', '1, cold', '2 threads', '2, cold'],
    names.map((name) => [name, ...cells(times.get(`${name}1`)), ...cells(times.get(`${name}2`))]),
  );
}

if (isMainThread) await main(process.argv.slice(2));
else parentPort.on('message', (task) => parentPort.postMessage(work(task)));
