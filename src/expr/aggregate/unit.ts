/** Sources of the slots of a unit. */
export type Slots = readonly string[];

/**
 * One thing that is kept of a group of values, from which aggregates are computed: a few slots of the accumulator, and the
 * JavaScript that adds a value to them and merges two of them. `s` and `o` are the sources of the slots, `v` that of the
 * value, `size` the number that the unit's aggregate gives it; `$a` holds the tools.
 */
export interface Unit {
  /** It runs code of the user's, which may throw: that comes first, before any other unit has changed. */
  readonly mayThrow?: true;
  /** The source of each slot's first value. */
  readonly slots: Slots;
  readonly add: (s: Slots, v: string, size: number) => string;
  readonly merge: (s: Slots, o: Slots, size: number) => string;
  /** Between a slot and what is stored of it, where that is not the same. */
  readonly encode?: (s: string) => string;
  readonly decode?: (s: string, size: number) => string;
  /** Takes back a value that was added. Missing where a unit forgets what it would need to know. */
  readonly remove?: (s: Slots, v: string, size: number) => string;
  /** The condition under which a value can have been added. */
  readonly holds?: (s: Slots, v: string) => string;
}
