import { writeFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { compressors } from '../../actors/lib/kafka/compression.ts';
import { kafkaLibrary } from '../../actors/lib/kafka/library.ts';
import { batchesOf, RecordCursor } from '../../actors/lib/kafka/record-batch.ts';
import { zstdLibrary } from '../../actors/lib/packed/zstd.ts';
import { ParquetFile } from '../../actors/lib/parquet/parquet-file.ts';
import parquet from '../../actors/sinks/parquet.ts';
import { prng } from '../../src/base/prng.ts';
import { WeirError } from '../../src/stage/index.ts';
import { SinkDriver } from '../../src/testkit/sink-driver.ts';
import { freshFolder } from '../support/folder.ts';
import { THOROUGH } from '../support/thorough.ts';
import { decoders, type FuzzedDecoder } from './decoders.ts';
import { mutate } from './mutate.ts';

/** Inputs of each decoder. */
const INPUTS = THOROUGH ? 100_000 : 40;
/** No input of 64 KiB takes so long, however busy the machine is. */
const LONGEST_MS = 10_000;
const MOST_BYTES = 1.5 * 2 ** 30;

const folder = freshFolder();
const zstd = await zstdLibrary();
const { crc32c, createRecordsBatch } = await kafkaLibrary();

async function fuzz({ name, seeds, run, mend }: FuzzedDecoder, inputs = INPUTS): Promise<void> {
  const seed = `${name} ${THOROUGH ? 0 : process.pid}`;
  const random = prng(seed);
  let records = 0;
  for (const bytes of seeds) {
    const made = await run(bytes, random);
    expect([made.rows.length > 0, made.reasons], `a seed of ${name} is sound`).toEqual([true, []]);
  }
  for (let i = 0; i < inputs; i++) {
    let bytes = mutate(seeds, random);
    if (mend !== undefined && random() < 0.7) bytes = mend(bytes);
    const began = performance.now();
    try {
      const { rows, reasons } = await run(bytes, random);
      records += rows.length;
      if (rows.some((row) => row === null || typeof row !== 'object')) throw new Error('a row that is no object');
      if (reasons.some((reason) => typeof reason !== 'string' || reason === ''))
        throw new Error('a dead letter without reason');
    } catch (error) {
      if (!(error instanceof WeirError) || error.code === 'WEIR_ASSERTION' || error.message === '') {
        throw new Error(`${seed}, input ${i}: ${bytes.toString('hex').slice(0, 4000)}`, { cause: error });
      }
    }
    const ms = performance.now() - began;
    if (ms > LONGEST_MS) throw new Error(`${seed}, input ${i} took ${ms} ms: ${bytes.toString('hex').slice(0, 4000)}`);
    if (i % 500 === 0) {
      // What zlib and the like hold natively goes only when the event loop turns.
      await new Promise<void>((resolve) => void setImmediate(resolve));
      const { arrayBuffers, heapUsed } = process.memoryUsage();
      expect(arrayBuffers + heapUsed).toBeLessThan(MOST_BYTES);
    }
  }
  // Else only what fails at once was tried; of few inputs that may be so.
  if (THOROUGH) expect(records).toBeGreaterThan(0);
}

describe('of bytes that are nearly valid come records or dead letters, and nothing else', () => {
  test.each(decoders(zstd).map((decoder) => [decoder.name, decoder] as const))(
    '%s',
    (_, decoder) => fuzz(decoder),
    3_600_000,
  );

  test('batches of records of Kafka', async () => {
    const unpackers = await compressors();
    const message = (value: string) => ({
      topic: 't',
      key: Buffer.from('key'),
      value: Buffer.from(value),
      timestamp: 5n,
      headers: new Map([[Buffer.from('h'), Buffer.from('v')]]),
    });
    const plain = { producerEpoch: 0, partitionLeaderEpoch: 0, sequences: undefined as never, producerId: -1n };
    const batch = (compression: 'none' | 'gzip' | 'snappy' | 'lz4') =>
      Buffer.from(
        createRecordsBatch([message('{"a": 1}'), message('x'.repeat(300))], { compression, ...plain }).buffer,
      );
    await fuzz({
      name: 'kafka',
      seeds: (['none', 'gzip', 'snappy', 'lz4'] as const).map(batch),
      mend(bytes) {
        const mended = Buffer.from(bytes);
        if (mended.length < 21) return bytes;
        mended.writeInt32BE(mended.length - 12, 8);
        mended[16] = 2;
        mended.writeUInt32BE(crc32c(mended.subarray(21)) >>> 0, 17);
        return mended;
      },
      run(bytes) {
        const rows: object[] = [];
        const reasons: string[] = [];
        for (const each of batchesOf(bytes, crc32c as (all: Buffer) => number)) {
          try {
            const cursor = RecordCursor.of(each, unpackers);
            for (let left = 2000; !cursor.done && left > 0; left--) rows.push({ ...cursor.next() });
          } catch (error) {
            // The reader gives these, whatever they are, the code WEIR_KAFKA_BATCH.
            reasons.push((error as Error).message || 'an error without words');
          }
        }
        return { rows, reasons };
      },
    });
  }, 3_600_000);

  test('Parquet files', async () => {
    const driver = await SinkDriver.open(parquet, { path: 'out/' }, { fields: ['id', 'name'] });
    for (let id = 0; id < 50; id++) driver.write({ id, name: `user ${id % 7}` });
    await driver.checkpoint();
    await driver.finish();
    const seed = Buffer.from(
      Object.entries(driver.disk.contents()).find(([name]) => name.endsWith('.parquet'))![1]!,
      'latin1',
    );
    await driver.close();
    const path = folder.at('x.parquet');
    const size = seed.readUInt32LE(seed.length - 8) + 8;
    const pages = seed.subarray(0, seed.length - size);
    await fuzz(
      {
        name: 'parquet',
        seeds: [seed.subarray(seed.length - size)],
        // Only what leads to the pages: a page that lies about its counts keeps the library busy for very long.
        async run(footer) {
          const bytes = Buffer.concat([pages, footer]);
          writeFileSync(path, bytes);
          const file = await ParquetFile.open({ path, size: bytes.length, mark: 0 });
          try {
            const { names, rows } = await file.group(0, undefined);
            return { rows: Array.from({ length: Math.min(rows, 1000) }, () => ({ names })), reasons: [] };
          } catch (error) {
            // The reader makes one dead letter of a row group that cannot be read.
            return { rows: [], reasons: [(error as Error).message || 'an error without words'] };
          } finally {
            await file.close();
          }
        },
      },
      Math.ceil(INPUTS / 2),
    );
  }, 3_600_000);
});
