import type { Row } from '#stage';
import type { RawRecord } from './record-batch.ts';

/** What can be told of a record beside its value. */
export const PARTS = ['key', 'headers', 'timestamp', 'topic', 'partition', 'offset'] as const;
export type Part = (typeof PARTS)[number];

/** Adds what is asked for to a record: field → what of it. Undefined when nothing is. */
export function adder(
  add: Readonly<Record<string, Part>>,
): ((row: Row, record: RawRecord, topic: string, partition: number) => void) | undefined {
  const fields = Object.entries(add);
  if (fields.length === 0) return undefined;
  return (row, record, topic, partition) => {
    for (const [name, part] of fields) row[name] = partOf(part, record, topic, partition);
  };
}

function partOf(part: Part, record: RawRecord, topic: string, partition: number): unknown {
  switch (part) {
    case 'key':
      return record.key === null ? null : record.key.toString('utf8');
    case 'headers':
      return Object.fromEntries(
        record.headers.map(([name, value]) => [name, value === null ? null : value.toString('utf8')]),
      );
    case 'timestamp':
      return record.time;
    case 'topic':
      return topic;
    case 'partition':
      return partition;
    default:
      return record.offset;
  }
}
