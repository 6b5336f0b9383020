import { WeirError } from '../base/errors.ts';
import type { At, Row } from '../stage/row.ts';
import { readAggregate } from './aggregate/call.ts';
import type { FindAggregate } from './aggregate/function.ts';
import { generate, generateRetractable, type Specification } from './aggregate/generate.ts';
import { parseAggregate } from './aggregate/parse.ts';
import { type UserAggregate, userAggregates } from './aggregate/user.ts';
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
  /**
   * The user's aggregates by the text that names them, `./spread.mjs#spread`. One that is missing here may be named all the
   * same and counts as {@link Aggregation.removable}, but nothing can be done with its accumulator.
   */
  readonly modules?: ReadonlyMap<string, UserAggregate>;
}

/**
 * Parses aggregates such as `{ load: 'mean(value)', share: 'sum(bytes, { where: port == 80 }) / sum(bytes)' }`: any
 * expression over aggregates of expressions; `./spread.mjs#spread(price)` is one of the user's own. Equal aggregates, and equal parts of different ones, are computed once.
 * Throws `WEIR_EXPRESSION`; its data has the field too, as `name`.
 */
export function parseAggregation(
  spec: Readonly<Record<string, string>>,
  options: AggregationOptions = {},
): Aggregation {
  const known = ['windowStart', 'windowEnd', ...(options.names ?? [])];
  const { find, constants } = userAggregates(options.modules);
  const fields = Object.entries(spec).map(([name, text]) => {
    refuseFieldName(name, text);
    return { name, text, node: named(name, () => parseAggregate(text, known, find)) };
  });
  const specification = { fields, known, find, constants };
  const removable = removableOf(specification);
  const retractable = (): RetractableAggregation => {
    if (removable !== true) throw new WeirError('WEIR_NOT_RETRACTABLE', removable);
    const functions = { ...generateRetractable(specification), removable, retractable: () => functions };
    return functions;
  };
  return { ...generate(specification), removable, retractable };
}

function removableOf({ fields, find }: Specification): true | string {
  for (const { name, text, node } of fields) {
    const why = problemOf(node, text, find);
    if (why !== undefined) return `${name}: ${why}`;
  }
  return true;
}

/** Why a part of a node cannot take records back. */
function problemOf(node: Node, text: string, find: FindAggregate): string | undefined {
  if (node.kind !== 'call' || !node.extra) {
    const problems = childrenOf(node).map((child) => problemOf(child, text, find));
    return problems.find((problem) => problem !== undefined);
  }
  const { retractable } = readAggregate(text, node, find)!.fn;
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
