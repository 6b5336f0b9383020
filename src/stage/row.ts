/**
 * A record in flight: a plain object of msgpack-able values. A stage never changes a record it was given; it emits a new
 * one. Missing and `undefined` fields read as null.
 */
export type Row = Record<string, unknown>;

/** What a keyed operator keys its state by. Several key fields travel as the JSON text of their values. */
export type Key = string | number | boolean | null;

/**
 * What the engine knows of the record in hand, beside its fields. One object per chain, overwritten for every record:
 * read it during the call, never keep it.
 */
export interface At {
  /** Event time, milliseconds since the epoch; for a record without one, the time at which it was read. */
  time: number;
  /** Its place in its source, growing: breaks ties of equal event time the same way in every run. */
  order: number;
  /** The key of the nearest `key` step before, else null. */
  key: Key;
  /**
   * The record takes back an earlier one that was equal to it: a retraction of a changelog. Only stages that take changelogs
   * ever see one.
   */
  retract?: boolean;
}
