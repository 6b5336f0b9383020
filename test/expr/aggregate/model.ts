import type { At, Row } from '../../../src/stage/row.ts';

/** What an aggregate of `x` gives of records, computed from a plain list of them, slowly and in another way. */
export function modelOf(name: string, events: readonly { row: Row; at: At }[]): unknown {
  const kept = events.filter(({ row }) => row.x !== null);
  const values = kept.map(({ row }) => row.x);
  const numbers = values as number[];
  const n = values.length;
  const sorted = [...values].sort(compare);
  const ordered = [...kept]
    .sort((a, b) => a.at.time - b.at.time || a.at.order - b.at.order || compareByName(a.row.x, b.row.x))
    .map(({ row }) => row.x);
  const mean = numbers.reduce((sum, x) => sum + x, 0) / n;
  const variance = n < 2 ? null : numbers.reduce((sum, x) => sum + (x - mean) ** 2, 0) / (n - 1);
  const quantile = (q: number) => {
    const place = q * (n - 1);
    const [low, high] = [sorted[Math.floor(place)], sorted[Math.ceil(place)]] as [number, number];
    return n === 0 ? null : low + (high - low) * (place - Math.floor(place));
  };
  const counted = [...new Set(sorted)].map((value) => ({ value, count: values.filter((x) => x === value).length }));
  switch (name) {
    case 'count':
      return n;
    case 'sum':
      return n === 0 ? null : numbers.reduce((sum, x) => sum + x, 0);
    case 'mean':
      return n === 0 ? null : mean;
    case 'min':
      return sorted[0] ?? null;
    case 'max':
      return sorted.at(-1) ?? null;
    case 'first':
      return ordered[0] ?? null;
    case 'last':
      return ordered.at(-1) ?? null;
    case 'variance':
      return variance;
    case 'stddev':
      return variance === null ? null : Math.sqrt(variance);
    case 'quantile':
      return quantile(0.8);
    case 'median':
      return quantile(0.5);
    case 'distinct':
      return counted.length;
    case 'collect':
      return ordered.slice(0, 3);
    case 'topK':
      return counted.sort((a, b) => b.count - a.count).slice(0, 2);
    default:
      throw new Error(`no model of ${name}`);
  }
}

/** Numbers before texts. */
function compare(a: unknown, b: unknown): number {
  if (typeof a !== typeof b) return typeof a === 'number' ? -1 : 1;
  return (a as number) < (b as number) ? -1 : (a as number) > (b as number) ? 1 : 0;
}

/** Of records of one place, those whose type's name comes first. */
function compareByName(a: unknown, b: unknown): number {
  return typeof a === typeof b ? compare(a, b) : typeof a < typeof b ? -1 : 1;
}
