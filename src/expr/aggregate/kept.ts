import { type Compare, Multiset } from './multiset.ts';
import { compareEvents, compareScalars, type Event } from './ordered.ts';

/*
 * What is kept of values that can be taken back, where an extreme alone, a sketch or the earliest few do not tell what comes
 * next: all of them, in order.
 */

/** Numbers and texts by size. */
export const newValues = () => new Multiset<unknown>(compareScalars);

/** Values by event time and order. */
export const newEvents = () => new Multiset<Event>(compareEvents);

/** Adds all that another has. */
export function mergeKept<T>(kept: Multiset<T>, other: Multiset<T>): void {
  for (const [item, times] of other.entries()) kept.add(item, times);
}

type Stored<T> = [items: T[], counts: number[]];

/** A multiset as two lists. */
export function packKept<T>(kept: Multiset<T>): Stored<T> {
  const entries = [...kept.entries()];
  return [entries.map(([item]) => item), entries.map(([, times]) => times)];
}

export const unpackValues = (stored: Stored<unknown>) => unpackKept(compareScalars, stored);

export const unpackEvents = (stored: Stored<Event>) => unpackKept(compareEvents, stored);

function unpackKept<T>(compare: Compare<T>, [items, counts]: Stored<T>): Multiset<T> {
  const kept = new Multiset(compare);
  for (const [i, item] of items.entries()) kept.add(item, counts[i]);
  return kept;
}

/** The value of an event, null of none. */
export function eventValue(event: Event | undefined): unknown {
  return event === undefined ? null : event[2];
}

/** The values of the first events, at most `limit`. */
export function firstValues(events: Multiset<Event>, limit: number): unknown[] {
  const values: unknown[] = [];
  for (const [[, , value], times] of events.entries()) {
    for (let i = 0; i < times && values.length < limit; i++) values.push(value);
    if (values.length === limit) break;
  }
  return values;
}

/** The exact quantile of numbers, interpolated as `quantileOf` does; null of none. */
export function keptQuantile(values: Multiset<unknown>, q: number): number | null {
  if (values.size === 0) return null;
  const place = q * (values.size - 1);
  const low = values.at(Math.floor(place)) as number;
  const high = values.at(Math.ceil(place)) as number;
  return low + (high - low) * (place - Math.floor(place));
}
