import { BatchBuilder, type NewRecord } from './batch-builder.ts';
import { batchesOf, RecordCursor } from './record-batch.ts';

const NOBODY = { producer: -1n, epoch: -1, sequence: -1, transactional: false };
const PLAIN = { pack: (all: Buffer) => all, unpack: (all: Buffer) => all };

/** The records of a batch that is not sealed yet, or is to be sealed anew. Each is valid until the next. */
export function* recordsOf(batch: BatchBuilder, crc32c: (bytes: Buffer) => number): Generator<NewRecord> {
  const [written] = batchesOf(batch.seal(NOBODY, 0, PLAIN, crc32c), crc32c, 0, Number.POSITIVE_INFINITY).batches;
  for (const cursor = new RecordCursor(written!, written!.records); !cursor.done; ) {
    const { key, value, headers, time } = cursor.next();
    yield { key, value, headers: headers.map(([name, content]) => [Buffer.from(name), content]), time };
  }
}

/** The first half of the records of a batch, and the rest. */
export function halvesOf(batch: BatchBuilder, crc32c: (bytes: Buffer) => number): BatchBuilder[] {
  const [first, rest] = [new BatchBuilder(), new BatchBuilder()];
  const middle = batch.count >> 1;
  let number = 0;
  for (const record of recordsOf(batch, crc32c)) (number++ < middle ? first : rest).add(record);
  return [first, rest];
}

/** Takes records out of a batch by their numbers. Gives what is left, if anything, and calls `out` with each of the others. */
export function without(
  batch: BatchBuilder,
  numbers: ReadonlySet<number>,
  crc32c: (bytes: Buffer) => number,
  out: (record: NewRecord) => void,
): BatchBuilder[] {
  const left = new BatchBuilder();
  let number = 0;
  for (const record of recordsOf(batch, crc32c)) {
    if (numbers.has(number++)) out(record);
    else left.add(record);
  }
  return left.count > 0 ? [left] : [];
}
