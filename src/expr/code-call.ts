import type { ExpressionFunction, ParameterType } from './functions/signature.ts';
import { functions } from './functions/table.ts';
import type { CallNode, LiteralNode, Node } from './node.ts';
import { sureOf } from './sure.ts';
import { parameterAt } from './types.ts';
import type { Writing } from './writing.ts';

const GUARDS: Readonly<Partial<Record<ParameterType, (name: string) => string>>> = {
  number: (name) => `typeof ${name} === "number"`,
  time: (name) => `typeof ${name} === "number"`,
  text: (name) => `typeof ${name} === "string"`,
  bool: (name) => `typeof ${name} === "boolean"`,
  list: (name) => `Array.isArray(${name})`,
  object: (name) => `(${name} !== null && typeof ${name} === "object")`,
};

/**
 * The code of a call: straight to the function if its arguments have the declared types, which is tested inline; else to
 * the helper that gives null or throws. A call of literals is made now.
 */
export function callCode(node: CallNode, of: Writing): string {
  const { scope, place } = of;
  const fn = functions.get(node.name)!;
  if (fn.reads) return `${place.at ?? 'at'}.${fn.reads}`;
  if (node.args.every((arg) => arg.kind === 'literal' || arg.kind === 'regex')) return folded(fn, node, of);
  const sets: string[] = [];
  const guards: string[] = [];
  const names = node.args.map((arg, i) => {
    const { types } = parameterAt(fn.parameters, i);
    if (arg.kind === 'regex' || types.includes('literal')) return scope.constant(prepared(fn, arg, types));
    if (arg.kind === 'literal' && arg.value !== null) return of.code(arg);
    const name = scope.temp();
    const isAny = types.includes('any');
    sets.push(`${name} = ${isAny ? of.settled(arg) : of.code(arg)}`);
    if (!isAny && sureOf(arg) === undefined) guards.push(`(${types.map((type) => GUARDS[type]!(name)).join(' || ')})`);
    return name;
  });
  const call = `${scope.constant(fn.call)}(${names.join(', ')})`;
  if (guards.length === 0) return `(${[...sets, call].join(', ')})`;
  const otherwise = `$.refuse(${scope.constant(fn)}, [${names.join(', ')}], ${of.text}, ${node.column})`;
  return `(${sets.join(', ')}, ${guards.join(' && ')} ? ${call} : ${otherwise})`;
}

function prepared(fn: ExpressionFunction, arg: Node, types: readonly ParameterType[]): unknown {
  if (arg.kind === 'regex') return new RegExp(arg.pattern, arg.flags);
  const { value } = arg as LiteralNode;
  return types.includes('literal') && fn.prepare ? fn.prepare(value as string) : value;
}

function folded(fn: ExpressionFunction, node: CallNode, of: Writing): string {
  const types = (i: number) => parameterAt(fn.parameters, i).types;
  const args = node.args.map((arg, i) => prepared(fn, arg, types(i)));
  const isNull = args.some((arg, i) => arg === null && !types(i).includes('any'));
  const value = isNull ? null : (fn.call as (...args: unknown[]) => unknown)(...args);
  if (value === undefined || value === null) return 'null';
  if (typeof value === 'number') return `(${Object.is(value, -0) ? '-0' : value})`;
  return typeof value === 'object' ? of.scope.constant(value) : JSON.stringify(value);
}
