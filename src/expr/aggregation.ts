import { WeirError } from '../base/errors.ts';
import type { At, Row } from '../stage/row.ts';
import { readAggregate } from './aggregate/call.ts';
import { generate, generateRetractable, type ResultField } from './aggregate/generate.ts';
import { parseAggregate } from './aggregate/parse.ts';
import { refuseFieldName } from './compile.ts';
import { childrenOf, type Node } from './node.ts';

/** Several aggregates of the same records, computed together by generated code. */
export interface Aggregation {
  /** The fields of the result, in order. */
  readonly names: readonly string[];
  /** Every path of fields that it reads of the records, once each. */
  readonly fields: readonly (readonly string[])[];
  /** An accumulator of no records: a flat list. */
  create(): unknown;
  /** Adds a record, or throws `WEIR_TYPE` and leaves the accumulator as it was. */
  add(accumulator: unknown, row: Row, at: At): void;
  /** Adds all that another accumulator has seen, and leaves that as it is. Order and grouping of merges do not matter. */
  merge(into: unknown, other: unknown): void;
  /** The result; `extra` holds windowStart, windowEnd and the fields of the key. Leaves the accumulator as it is. */
  result(accumulator: unknown, extra: Readonly<Record<string, unknown>>): Row;
  /** What to store: a list that any codec takes. It may share parts with the accumulator: write it before the next add. */
  encode(accumulator: unknown): unknown;
  /** The accumulator again of what {@link encode} gave. */
  decode(stored: unknown): unknown;
  /** Whether {@link retractable} works; else which aggregate cannot take records back, the first one, and why. */
  readonly removable: true | string;
  /**
   * The same aggregates with accumulators that can take records back. Those are others, also when stored, and some hold
   * every different value. Throws `WEIR_NOT_RETRACTABLE`, with what {@link removable} says.
   */
  retractable(): RetractableAggregation;
}

/** An {@link Aggregation} that can take back what was added. */
export interface RetractableAggregation extends Aggregation {
  /**
   * Takes back a record that was added, itself or by a merge: the result is then that of the others. `row`, and the time and
   * order in `at`, must be as they were. Throws `WEIR_RETRACTION` if it can be seen that no such record was added, and what
   * `add` would throw; the accumulator is then as it was.
   */
  remove(accumulator: unknown, row: Row, at: At): void;
  /** Whether as many records were taken back as added. O(1). */
  isEmpty(accumulator: unknown): boolean;
}

export interface AggregationOptions {
  /** Names that may be read outside of the aggregates, besides windowStart and windowEnd: the fields of the key. */
  readonly names?: readonly string[];
}

/**
 * Parses aggregates such as `{ load: 'mean(value)', share: 'sum(bytes, { where: port == 80 }) / sum(bytes)' }`: any
 * expression over aggregates of expressions. Equal aggregates, and equal parts of different ones, are computed once.
 * Throws `WEIR_EXPRESSION`; its data has the field too, as `name`.
 */
export function parseAggregation(
  spec: Readonly<Record<string, string>>,
  options: AggregationOptions = {},
): Aggregation {
  const known = ['windowStart', 'windowEnd', ...(options.names ?? [])];
  const fields = Object.entries(spec).map(([name, text]) => {
    refuseFieldName(name, text);
    return { name, text, node: named(name, () => parseAggregate(text, known)) };
  });
  const removable = removableOf(fields);
  const retractable = (): RetractableAggregation => {
    if (removable !== true) throw new WeirError('WEIR_NOT_RETRACTABLE', removable);
    const functions = { ...generateRetractable(fields, known), removable, retractable: () => functions };
    return functions;
  };
  return { ...generate(fields, known), removable, retractable };
}

function removableOf(fields: readonly ResultField[]): true | string {
  for (const { name, text, node } of fields) {
    const why = problemOf(node, text);
    if (why !== undefined) return `${name}: ${why}`;
  }
  return true;
}

/** Why a part of a node cannot take records back. */
function problemOf(node: Node, text: string): string | undefined {
  if (node.kind !== 'call' || !node.extra) {
    const problems = childrenOf(node).map((child) => problemOf(child, text));
    return problems.find((problem) => problem !== undefined);
  }
  const { retractable } = readAggregate(text, node)!.fn;
  return typeof retractable === 'string' ? `${node.name}() cannot take records back: ${retractable}` : undefined;
}

/** Says in an error of `make` which field of the result it belongs to. */
function named<T>(name: string, make: () => T): T {
  try {
    return make();
  } catch (error) {
    if (!(error instanceof WeirError)) throw error;
    throw new WeirError(error.code, `${name}: ${error.message}`, { data: { ...error.data, name } });
  }
}
