import { Bytes, type Key, type Row } from '#stage';
import { keyText } from './order-text.ts';
import { packRow } from './row-frames.ts';
import { keyStart, writeRowKey } from './row-key.ts';

/** What a table that holds these rows, in this order, is in the lake's store. For tests, that fill one by hand. */
export function storedRows(
  table: string,
  rows: readonly { key: Key; time: number; row: Row }[],
): { type: 'put'; key: string; value: Uint8Array }[] {
  return rows.map(({ key, time, row }, order) => {
    const bytes = new Bytes();
    writeRowKey(bytes, keyStart(table, keyText(key)), { time, order, high: 0, low: 0, repeat: 0 });
    return { type: 'put', key: bytes.buffer.toString('utf8', 0, bytes.length), value: packRow(row) };
  });
}
