import { Bytes } from '#stage';
import { WireReader, writeCompactText, writeInt16, writeInt32, writeUnsignedVarint } from './wire.ts';

export const PRODUCE = { key: 0, version: 9 } as const;

/** A sealed batch for one partition. */
export interface Sealed {
  readonly topic: string;
  readonly partition: number;
  readonly bytes: Buffer;
}

/** A request that writes batches, one a partition, acknowledged by all replicas: version 9 of Produce. */
export function produceRequest(
  transactionalId: string | undefined,
  batches: readonly Sealed[],
  timeoutMs: number,
): Buffer {
  const into = new Bytes(batches.reduce((sum, { bytes }) => sum + bytes.length + 64, 256));
  writeCompactText(into, transactionalId ?? null);
  writeInt16(into, -1);
  writeInt32(into, timeoutMs);
  const topics = [...new Set(batches.map(({ topic }) => topic))];
  writeUnsignedVarint(into, topics.length + 1);
  for (const name of topics) {
    const own = batches.filter(({ topic }) => topic === name);
    writeCompactText(into, name);
    writeUnsignedVarint(into, own.length + 1);
    for (const { partition, bytes } of own) {
      writeInt32(into, partition);
      writeUnsignedVarint(into, bytes.length + 1);
      into.append(bytes);
      into.byte(0);
    }
    into.byte(0);
  }
  into.byte(0);
  return into.view();
}

/** What became of each batch: 0, or a code of Kafka's. */
export interface Produced {
  readonly topic: string;
  readonly partition: number;
  readonly error: number;
  /** The numbers of the records that it was refused for, where the broker names them. */
  readonly refused: readonly number[];
}

export function producedOf(answer: Buffer): Produced[] {
  const r = new WireReader(answer);
  const produced: Produced[] = [];
  for (let topics = r.compactCount(); topics > 0; topics--) {
    const topic = r.compactText() ?? '';
    for (let left = r.compactCount(); left > 0; left--) {
      const partition = r.int32();
      const error = r.int16();
      r.take(24);
      const refused: number[] = [];
      for (let errors = r.compactCount(); errors > 0; errors--) {
        refused.push(r.int32());
        r.compactText();
        r.skipTags();
      }
      r.compactText();
      r.skipTags();
      produced.push({ topic, partition, error, refused });
    }
    r.skipTags();
  }
  return produced;
}
