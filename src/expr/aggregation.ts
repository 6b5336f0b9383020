import { WeirError } from '../base/errors.ts';
import type { At, Row } from '../stage/row.ts';
import { addCode } from './aggregate/add-code.ts';
import { hasAggregate, readAggregate, typeOfAggregate } from './aggregate/call.ts';
import { aggregates } from './aggregate/functions.ts';
import { Groups, slotsOf } from './aggregate/groups.ts';
import { tools } from './aggregate/tools.ts';
import type { Unit } from './aggregate/unit.ts';
import { toJavaScript } from './code.ts';
import { refuseFieldName } from './compile.ts';
import { parseNode } from './expression.ts';
import { functions } from './functions/table.ts';
import { nearest } from './nearest.ts';
import { type CallNode, childrenOf, fieldsOf, type Node } from './node.ts';
import { expressionError } from './problem.ts';
import { CodeScope } from './scope.ts';

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
  const scope = new CodeScope({ $a: tools });
  const groups = new Groups();
  const results = Object.entries(spec).map(([name, text]) => {
    refuseFieldName(name, text);
    const node = named(name, () => parseAggregate(text, known));
    const code = toJavaScript({ text, node }, scope, {
      field: (path) => (known.includes(path.join('.')) ? `extra[${JSON.stringify(path.join('.'))}]` : undefined),
      extra: (call) => aggregateCode(call, text, groups),
    });
    return `${JSON.stringify(name)}: ${code}`;
  });
  const result = scope.build<Aggregation['result']>(['acc', 'extra'], `return { ${results.join(', ')} };`);
  const read = groups.all.flatMap(({ value, where }) => [value, where]).filter((node) => node !== undefined);
  return { names: Object.keys(spec), fields: fieldsOf(...read), result, ...accumulation(groups, scope) };
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

function accumulation(groups: Groups, scope: CodeScope) {
  const { placed } = groups;
  const merges = placed.map((each) => each.unit.merge(slotsOf(each, 'acc'), slotsOf(each, 'other'), each.size));
  const copy = (way: 'encode' | 'decode') => {
    if (!placed.some(({ unit }) => unit[way])) return 'return acc;';
    const slots = placed.flatMap((each) =>
      slotsOf(each, 'acc').map((slot) => each.unit[way]?.(slot, each.size) ?? slot),
    );
    return `return [${slots.join(', ')}];`;
  };
  return {
    create: scope.build<Aggregation['create']>([], `return [${placed.flatMap(({ unit }) => unit.slots).join(', ')}];`),
    add: scope.build<Aggregation['add']>(['acc', 'row', 'at'], addCode(groups, scope)),
    merge: scope.build<Aggregation['merge']>(['acc', 'other'], merges.join('\n')),
    encode: scope.build<Aggregation['encode']>(['acc'], copy('encode')),
    decode: scope.build<Aggregation['decode']>(['acc'], copy('decode')),
  };
}

function aggregateCode(node: CallNode, text: string, groups: Groups): string {
  const call = readAggregate(text, node)!;
  const slots = (unit: Unit) => slotsOf(groups.place(call, unit, text, node.column), 'acc');
  // All units in the order of the table, whichever the result's code asks for first.
  call.fn.units.forEach(slots);
  return call.fn.code(slots, call.parameters);
}

function parseAggregate(text: string, known: readonly string[]): Node {
  const node = parseNode(text, {
    names: aggregates.keys(),
    typeOf: (name, args, column) => {
      const call = readAggregate(text, { name, args, column });
      return call && typeOfAggregate(text, call);
    },
  });
  refuseOutside(node, text, known);
  if (!hasAggregate(node) && fieldsOf(node).length === 0) {
    throw expressionError(text, 1, 'nothing is aggregated here', { expected: 'write count(), sum(x), …' });
  }
  return node;
}

/** Outside of the aggregates there is no record: neither its fields nor its time. */
function refuseOutside(node: Node, text: string, known: readonly string[]): void {
  if (node.kind === 'call' && node.extra) return;
  const reads = node.kind === 'call' && functions.get(node.name)!.reads !== undefined && `${node.name}()`;
  const field =
    node.kind === 'field' && !prefixesOf(node.path).some((path) => known.includes(path)) && node.path.join('.');
  if (reads || field) {
    const what = `${reads || field} stands outside of an aggregate, where there are many records`;
    const expected = `write last(${reads || field}), max(${reads || field}) or another aggregate`;
    const didYouMean = field ? nearest(field, known) : undefined;
    throw expressionError(text, node.column, what, { expected, didYouMean });
  }
  for (const child of childrenOf(node)) refuseOutside(child, text, known);
}

function prefixesOf(path: readonly string[]): string[] {
  return path.map((_, i) => path.slice(0, i + 1).join('.'));
}
