import { fingerprintOf, type Node } from '../node.ts';
import type { AggregateCall } from './call.ts';
import type { Takes } from './function.ts';
import type { Unit } from './unit.ts';

/** A unit with its place in the accumulator. */
export interface Placed {
  readonly unit: Unit;
  readonly start: number;
  /** The number that its aggregate gave it; units of other numbers are others. */
  readonly size: number;
}

/** The units of one value under one condition: the value is evaluated once for all of them. */
export interface Group {
  readonly value: Node | undefined;
  readonly where: Node | undefined;
  /** The call that first asked for it, for errors. */
  readonly call: AggregateCall;
  /** What its aggregates take, each with the first of them, for errors. */
  readonly takes: Map<Takes, AggregateCall>;
  readonly placed: Placed[];
}

/** The accumulator's layout: which units of which values the aggregates of a specification need, each once. */
export class Groups {
  readonly #groups = new Map<string, Group>();
  /** How many slots there are. */
  size = 0;

  /** The groups, in the order in which they were first asked for. */
  get all(): readonly Group[] {
    return [...this.#groups.values()];
  }

  /** Every unit, in the order of their slots. */
  get placed(): readonly Placed[] {
    return this.all.flatMap((group) => group.placed).sort((a, b) => a.start - b.start);
  }

  /** Where a unit of an aggregate begins; makes room for it if it is new. */
  place(call: AggregateCall, unit: Unit, size = 0): Placed {
    const { placed, takes } = this.#group(call);
    if (!takes.has(call.fn.takes)) takes.set(call.fn.takes, call);
    let found = placed.find((each) => each.unit === unit && each.size === size);
    if (!found) {
      found = { unit, start: this.size, size };
      placed.push(found);
      this.size += unit.slots.length;
    }
    return found;
  }

  #group(call: AggregateCall): Group {
    const { value, where } = call;
    const key = `${value ? fingerprintOf(value) : ''} ${where ? fingerprintOf(where) : ''}`;
    let group = this.#groups.get(key);
    if (!group) {
      group = { value, where, call, takes: new Map(), placed: [] };
      this.#groups.set(key, group);
    }
    return group;
  }
}

/** The sources of a unit's slots in an accumulator. */
export function slotsOf({ unit, start }: Placed, accumulator: string): string[] {
  return unit.slots.map((_, i) => `${accumulator}[${start + i}]`);
}
