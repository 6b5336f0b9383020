import { toCondition, toJavaScript } from '../code.ts';
import { fingerprintOf } from '../node.ts';
import { typeError } from '../problem.ts';
import type { CodeScope } from '../scope.ts';
import { sureOf } from '../sure.ts';
import { wantedBy } from './call.ts';
import { type Group, type Groups, slotsOf, takesOf } from './groups.ts';
import type { Takes } from './unit.ts';

/** The condition under which a value, not null, is refused; `v - v` is 0 for finite numbers alone. */
const wrong: Readonly<Record<Takes, ((v: string) => string) | undefined>> = {
  anything: undefined,
  finite: (v) => `typeof ${v} !== "number" || ${v} - ${v} !== 0`,
  ordered: (v) => `typeof ${v} === "number" ? ${v} !== ${v} : typeof ${v} !== "string"`,
  scalar: (v) => `typeof ${v} === "number" ? ${v} !== ${v} : typeof ${v} !== "string" && typeof ${v} !== "boolean"`,
};

/**
 * The statements that add the record `row` to the accumulator `acc`. First all conditions and values are evaluated and
 * checked, then the accumulator is changed: a record that becomes a dead letter has left no trace in it.
 */
export function addCode(groups: Groups, scope: CodeScope): string {
  const evaluations: string[] = [];
  const changes: string[] = [];
  const conditions = new Map<string, string>();
  for (const group of groups.all) {
    const test = conditionOf(group, conditions, evaluations, scope);
    const steps = (v: string) =>
      group.placed.map((each) => each.unit.add(slotsOf(each, 'acc'), v, each.size)).join(' ');
    if (group.value === undefined) {
      changes.push(test ? `if (${test}) { ${steps('')} }` : steps(''));
      continue;
    }
    const v = scope.temp();
    const code = toJavaScript({ text: group.text, node: group.value }, scope);
    evaluations.push(`${v} = ${test ? `${test} ? ${code} : null` : code};`, ...checksOf(group, v, scope));
    const isNeverNull = !test && sureOf(group.value) !== undefined;
    changes.push(isNeverNull ? steps(v) : `if (${v} !== null) { ${steps(v)} }`);
  }
  return [...evaluations, ...changes].join('\n');
}

/** The variable that says whether the group's condition holds; equal conditions have one. */
function conditionOf(
  { where, text }: Group,
  conditions: Map<string, string>,
  evaluations: string[],
  scope: CodeScope,
): string | undefined {
  if (!where) return undefined;
  const key = fingerprintOf(where);
  let name = conditions.get(key);
  if (name === undefined) {
    name = scope.temp();
    conditions.set(key, name);
    evaluations.push(`${name} = ${toCondition({ text, node: where }, scope)};`);
  }
  return name;
}

function checksOf(group: Group, v: string, scope: CodeScope): string[] {
  const refuse = (wants: string) =>
    `throw ${scope.constant(refusal)}(${scope.constant(group)}, ${JSON.stringify(wants)}, ${v});`;
  return takesOf(group).flatMap((takes) => {
    const isWrong = wrong[takes]?.(v);
    return isWrong ? [`if (${v} !== null && (${isWrong})) ${refuse(wantedBy[takes])}`] : [];
  });
}

function refusal({ text, column, name }: Group, wants: string, value: unknown): Error {
  return typeError(text, column, `${name}()`, wants, [value]);
}
