import { WeirError } from '../../base/errors.ts';
import { toCondition, toJavaScript } from '../code.ts';
import { fingerprintOf } from '../node.ts';
import { typeError } from '../problem.ts';
import type { CodeScope } from '../scope.ts';
import { sureOf } from '../sure.ts';
import { type AggregateCall, wantedBy } from './call.ts';
import type { Takes } from './function.ts';
import { type Group, type Groups, type Placed, slotsOf } from './groups.ts';

/** The condition under which a value, not null, is refused; `v - v` is 0 for finite numbers alone. */
const wrong: Readonly<Record<Takes, ((v: string) => string) | undefined>> = {
  anything: undefined,
  finite: (v) => `typeof ${v} !== "number" || ${v} - ${v} !== 0`,
  ordered: (v) => `typeof ${v} === "number" ? ${v} !== ${v} : typeof ${v} !== "string"`,
  scalar: (v) => `typeof ${v} === "number" ? ${v} !== ${v} : typeof ${v} !== "string" && typeof ${v} !== "boolean"`,
};

/** A group whose value has been evaluated. */
interface Evaluated {
  readonly group: Group;
  /** The variable that holds the value; empty for a group without one. */
  readonly v: string;
  /** Under which condition the record counts; undefined for always. */
  readonly when: string | undefined;
}

/**
 * The statements that add the record `row` to the accumulator `acc`. First all conditions and values are evaluated and
 * checked, then the accumulator is changed: a record that becomes a dead letter has left no trace in it.
 */
export function addCode(groups: Groups, scope: CodeScope): string {
  const { statements, evaluated } = evaluation(groups, scope);
  const changes = changesOf(evaluated, ({ unit, size }, s, v) => unit.add(s, v, size));
  return [...statements, ...changes].join('\n');
}

/** The statements that take a record back; they throw before any change if some unit cannot have got it. */
export function removeCode(groups: Groups, scope: CodeScope): string {
  const { statements, evaluated } = evaluation(groups, scope);
  const checks = evaluated.flatMap((each) => {
    const { group, v, when } = each;
    const holds = group.placed.flatMap((one) => one.unit.holds?.(slotsOf(one, 'acc'), v) ?? []);
    if (holds.length === 0) return [];
    const test = `!(${holds.join(' && ')})`;
    const refuse = `throw ${scope.constant(neverAdded)}(${scope.constant(group.call)});`;
    return [`if (${when ? `${when} && ${test}` : test}) ${refuse}`];
  });
  const changes = changesOf(evaluated, ({ unit, size }, s, v) => unit.remove!(s, v, size));
  return [...statements, ...checks, ...changes].join('\n');
}

function changesOf(evaluated: readonly Evaluated[], step: (placed: Placed, s: string[], v: string) => string) {
  const steps = (mayThrow: boolean) =>
    evaluated.flatMap(({ group, v, when }) => {
      const placed = group.placed.filter(({ unit }) => (unit.mayThrow ?? false) === mayThrow);
      const code = placed.map((each) => step(each, slotsOf(each, 'acc'), v)).join(' ');
      return placed.length === 0 ? [] : [when ? `if (${when}) { ${code} }` : code];
    });
  return [...steps(true), ...steps(false)];
}

/** The statements that evaluate and check the conditions and values of all groups, and what they put where. */
function evaluation(groups: Groups, scope: CodeScope): { statements: string[]; evaluated: Evaluated[] } {
  const statements: string[] = [];
  const conditions = new Map<string, string>();
  const evaluated = groups.all.map((group): Evaluated => {
    const test = conditionOf(group, conditions, statements, scope);
    if (group.value === undefined) return { group, v: '', when: test };
    const v = scope.temp();
    const code = toJavaScript({ text: group.call.text, node: group.value }, scope);
    statements.push(`${v} = ${test ? `${test} ? ${code} : null` : code};`, ...checksOf(group, v, scope));
    const isNeverNull = !test && sureOf(group.value) !== undefined;
    return { group, v, when: isNeverNull ? undefined : `${v} !== null` };
  });
  return { statements, evaluated };
}

/** The variable that says whether the group's condition holds; equal conditions have one. */
function conditionOf(
  { where, call }: Group,
  conditions: Map<string, string>,
  statements: string[],
  scope: CodeScope,
): string | undefined {
  if (!where) return undefined;
  const key = fingerprintOf(where);
  let name = conditions.get(key);
  if (name === undefined) {
    name = scope.temp();
    conditions.set(key, name);
    statements.push(`${name} = ${toCondition({ text: call.text, node: where }, scope)};`);
  }
  return name;
}

function checksOf(group: Group, v: string, scope: CodeScope): string[] {
  return [...group.takes].flatMap(([takes, call]) => {
    const isWrong = wrong[takes]?.(v);
    const refuse = () =>
      `throw ${scope.constant(refusal)}(${scope.constant(call)}, ${JSON.stringify(wantedBy[takes])}, ${v});`;
    return isWrong ? [`if (${v} !== null && (${isWrong})) ${refuse()}`] : [];
  });
}

function refusal({ text, column, fn }: AggregateCall, wants: string, value: unknown): Error {
  return typeError(text, column, `${fn.name}()`, wants, [value]);
}

function neverAdded({ text, column, fn }: AggregateCall): Error {
  const what = `${fn.name}() is to give a record back that it never got, or not with this value, time and order`;
  return new WeirError('WEIR_RETRACTION', what, { data: { text, column, aggregate: fn.name } });
}
