import type { Row } from '../../stage/row.ts';
import type { Type } from '../node.ts';
import type { Slots, Unit } from './unit.ts';

/** Where an aggregate finds the slots of its units, as sources. */
export type SlotsOf = (unit: Unit) => Slots;

/** A literal number that follows an aggregate's value: its bounds, and its default if it can be left out. */
export interface AggregateParameter {
  readonly name: string;
  readonly min: number;
  readonly max: number;
  readonly integer?: boolean;
  readonly default?: number;
}

/** Which values an aggregate takes; all others are WEIR_TYPE, but nulls, which it never sees. */
export type Takes = 'anything' | 'finite' | 'ordered' | 'scalar';

/** What an aggregate keeps of values, and what it makes of that. */
export interface AggregateForm {
  readonly units: readonly Unit[];
  /** Which of the parameters is the size of the units; without one, calls with different numbers share them. */
  readonly sizedBy?: number;
  /** The source of the result, null for no values. */
  readonly code: (slots: SlotsOf, parameters: readonly number[]) => string;
}

/** A function of many records, as data. Values that are null or missing are passed over, as in SQL. */
export interface AggregateFunction extends AggregateForm {
  readonly name: string;
  /** As its author reads it; each takes `{ where: condition }` last, too. */
  readonly signature: string;
  /** Whether it takes a value of each record. */
  readonly value: 'none' | 'optional' | 'needed';
  readonly takes: Takes;
  readonly parameters?: readonly AggregateParameter[];
  /** What is wrong with numbers each of which is right by itself. */
  readonly refuse?: (...parameters: number[]) => string | undefined;
  /** The type of the result; `value` is that of the values. */
  readonly result: Type | 'value';
  /**
   * What takes records back, where the units above cannot; they make the same of the same values. A text says why nothing
   * does.
   */
  readonly retractable?: AggregateForm | string;
}

/** An aggregate of the language, as the documentation shows it. */
export interface ListedAggregate extends AggregateFunction {
  readonly doc: string;
  /** An aggregate, records and what it gives of them; run as a test. */
  readonly example: readonly [text: string, rows: readonly Row[], value: unknown];
}

/** Finds an aggregate by the name that it is called by. */
export type FindAggregate = (name: string) => AggregateFunction | undefined;

/** The records of most examples. */
export const ROWS: readonly Row[] = [{ x: 4 }, { x: 1 }, { x: null }, { x: 1 }];
