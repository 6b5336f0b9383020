import { describe, test } from 'vitest';
import { compressors } from '../../actors/lib/kafka/compression.ts';
import { kafkaLibrary } from '../../actors/lib/kafka/library.ts';
import { batchesOf, RecordCursor } from '../../actors/lib/kafka/record-batch.ts';
import { zstdLibrary } from '../../actors/lib/packed/zstd.ts';
import { decoders } from './decoders.ts';
import { fuzz } from './fuzz.ts';

const zstd = await zstdLibrary();
const { crc32c, createRecordsBatch } = await kafkaLibrary();

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
        const { batches, damage } = batchesOf(bytes, crc32c as (all: Buffer) => number, 0, Number.POSITIVE_INFINITY);
        if (damage !== undefined) reasons.push(damage);
        for (const each of batches) {
          try {
            const cursor = RecordCursor.of(each, unpackers);
            for (let left = 2000; !cursor.done && left > 0; left--) rows.push({ ...cursor.next() });
          } catch (error) {
            // Whatever these are, the reader makes dead letters of them.
            reasons.push((error as Error).message || 'an error without words');
          }
        }
        return { rows, reasons };
      },
    });
  }, 3_600_000);
});
