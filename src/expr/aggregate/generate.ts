import { assert } from '../../base/errors.ts';
import type { Aggregation, RetractableAggregation } from '../aggregation.ts';
import { toJavaScript } from '../code.ts';
import { fieldsOf, type Node } from '../node.ts';
import { CodeScope } from '../scope.ts';
import { type AggregateCall, readAggregate } from './call.ts';
import { addCode, removeCode } from './change-code.ts';
import type { AggregateForm, FindAggregate } from './function.ts';
import { aggregates } from './functions.ts';
import { Groups, slotsOf } from './groups.ts';
import { tools } from './tools.ts';
import type { Unit } from './unit.ts';
import { units } from './units.ts';

/** A field of the result. */
export interface ResultField {
  readonly name: string;
  readonly text: string;
  readonly node: Node;
}

/** How the records themselves are counted. */
const RECORDS: AggregateCall = {
  fn: aggregates.get('count')!,
  value: undefined,
  where: undefined,
  parameters: [],
  text: 'count()',
  column: 1,
};

/** What is generated of: the fields, and what their texts may name. */
export interface Specification {
  readonly fields: readonly ResultField[];
  /** Names that may be read outside of the aggregates. */
  readonly known: readonly string[];
  readonly find: FindAggregate;
  /** What the code of the user's aggregates reaches, by name. */
  readonly constants: Readonly<Record<string, unknown>>;
}

/** The functions of an aggregation. */
export function generate(specification: Specification): Omit<Aggregation, 'removable' | 'retractable'> {
  return written(specification, ({ fn }) => fn, new Groups(), scopeOf(specification));
}

/** As {@link generate}, of what the aggregates keep when records can be taken back. */
export function generateRetractable(
  specification: Specification,
): Omit<RetractableAggregation, 'removable' | 'retractable'> {
  const groups = new Groups();
  const scope = scopeOf(specification);
  const [records] = slotsOf(groups.place(RECORDS, units.count), 'acc');
  const formOf = ({ fn }: AggregateCall) => {
    assert(typeof fn.retractable !== 'string', 'only aggregates that can take records back come here');
    return fn.retractable ?? fn;
  };
  return {
    ...written(specification, formOf, groups, scope),
    remove: scope.build<RetractableAggregation['remove']>(['acc', 'row', 'at'], removeCode(groups, scope)),
    isEmpty: scope.build<RetractableAggregation['isEmpty']>(['acc'], `return ${records} === 0;`),
  };
}

const scopeOf = ({ constants }: Specification) => new CodeScope({ $a: tools, ...constants });

function written(
  { fields, known, find }: Specification,
  formOf: (call: AggregateCall) => AggregateForm,
  groups: Groups,
  scope: CodeScope,
) {
  const results = fields.map(({ name, text, node }) => {
    const code = toJavaScript({ text, node }, scope, {
      field: (path) => (known.includes(path.join('.')) ? `extra[${JSON.stringify(path.join('.'))}]` : undefined),
      extra: (call) => aggregateCode(readAggregate(text, call, find)!, formOf, groups),
    });
    return `${JSON.stringify(name)}: ${code}`;
  });
  const result = scope.build<Aggregation['result']>(['acc', 'extra'], `return { ${results.join(', ')} };`);
  const read = groups.all.flatMap(({ value, where }) => [value, where]).filter((node) => node !== undefined);
  return { names: fields.map(({ name }) => name), fields: fieldsOf(...read), result, ...accumulation(groups, scope) };
}

function aggregateCode(call: AggregateCall, formOf: (call: AggregateCall) => AggregateForm, groups: Groups): string {
  const form = formOf(call);
  const size = form.sizedBy === undefined ? 0 : call.parameters[form.sizedBy];
  const slots = (unit: Unit) => slotsOf(groups.place(call, unit, size), 'acc');
  // All units in the order of the table, whichever the result's code asks for first.
  form.units.forEach(slots);
  return form.code(slots, call.parameters);
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
