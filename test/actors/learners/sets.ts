import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';

/** The rows of a set of bench/sets as numbers by column; what is text there is NaN. */
export function tableOf(name: string): Record<string, number>[] {
  const text = gunzipSync(readFileSync(new URL(`../../../bench/sets/${name}.csv.gz`, import.meta.url))).toString();
  const [head = '', ...lines] = text.trim().split('\n');
  const columns = head.split(',');
  return lines.map((line) => {
    const values = line.split(',');
    return Object.fromEntries(columns.map((column, j) => [column, Number(values[j])]));
  });
}
