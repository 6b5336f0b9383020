import { assert } from '../base/errors.ts';
import { binaryCode } from './code-binary.ts';
import { callCode } from './code-call.ts';
import type { Expression } from './expression.ts';
import { functions } from './functions/table.ts';
import { inheritedNames, objectNames, property } from './names.ts';
import type { IndexNode, Node } from './node.ts';
import type { CodeScope } from './scope.ts';
import { sureOf } from './sure.ts';
import type { Place, Writing } from './writing.ts';

/** An expression, or a part of one with the text it stands in. */
type Written = Pick<Expression, 'text' | 'node'> & Partial<Pick<Expression, 'evaluate'>>;

/**
 * The JavaScript source of an expression's value, null for a missing one. It stands for itself in any place of a larger
 * expression, uses variables and constants of the scope, and evaluates the expression once, in its order.
 */
export function toJavaScript(expression: Written, scope: CodeScope, place: Place = {}): string {
  return closureCode(expression, scope, place) ?? writing(expression.text, scope, place).settled(expression.node);
}

/** As {@link toJavaScript}, for where only the truth of the value counts: `if (…)`, `… ? a : b`. */
export function toCondition(expression: Written, scope: CodeScope, place: Place = {}): string {
  return closureCode(expression, scope, place) ?? writing(expression.text, scope, place).code(expression.node);
}

/** A closure of a TypeScript topology goes as an expression without a node: all that can be done is to call it. */
function closureCode({ node, evaluate }: Written, scope: CodeScope, { row = 'row', at = 'at' }: Place) {
  if ((node as Node | undefined) !== undefined) return undefined;
  return `${scope.constant(evaluate)}(${row}, ${at})`;
}

function writing(text: string, scope: CodeScope, place: Place): Writing {
  const of: Writing = {
    scope,
    place,
    text: scope.constant(text),
    code: (node) => codeOf(node, of),
    settled: (node) => {
      const code = codeOf(node, of);
      if (!isLoose(node)) return code;
      const t = scope.temp();
      return `((${t} = ${code}) === undefined || typeof ${t} === "function" ? null : ${t})`;
    },
  };
  return of;
}

/** Whether the code of a node may give undefined, or a function that somebody put into a record. */
function isLoose(node: Node): boolean {
  if (node.kind === 'logical') return isLoose(node.left) || isLoose(node.right);
  if (node.kind === 'choice') return isLoose(node.yes) || isLoose(node.no);
  if (node.kind === 'call') return !node.extra && functions.get(node.name)!.mayBeNull;
  return node.kind === 'field' || node.kind === 'member' || node.kind === 'index';
}

function codeOf(node: Node, of: Writing): string {
  const { scope, place } = of;
  switch (node.kind) {
    case 'literal':
      return JSON.stringify(node.value);
    case 'field':
      return fieldCode(node.path, of);
    case 'member':
      return node.name === 'length' ? lengthCode(node.of, of) : partCode(of.code(node.of), node.name, of);
    case 'index':
      return indexCode(node, of);
    case 'unary': {
      const inner = of.code(node.of);
      if (node.op === '!' || sureOf(node.of) === 'number') return `(${node.op} ${inner})`;
      const t = scope.temp();
      const otherwise = `$.noneOfOne("${node.op}", ${t}, ${of.text}, ${node.column})`;
      return `(typeof (${t} = ${inner}) === "number" ? ${node.op}${t} : ${otherwise})`;
    }
    case 'binary':
      return binaryCode(node, of);
    case 'logical':
      return `(${of.code(node.left)} ${node.op} ${of.code(node.right)})`;
    case 'choice':
      return `(${of.code(node.test)} ? ${of.code(node.yes)} : ${of.code(node.no)})`;
    case 'template': {
      const parts = node.parts.map((part, i) => `$.show(${of.code(part)}) + ${JSON.stringify(node.texts[i + 1])}`);
      return `(${[JSON.stringify(node.texts[0]), ...parts].join(' + ')})`;
    }
    case 'list':
      return `[${node.items.map((item) => of.settled(item)).join(', ')}]`;
    case 'object':
      return `({ ${node.names.map((name, i) => `${JSON.stringify(name)}: ${of.settled(node.values[i]!)}`).join(', ')} })`;
    case 'call':
      if (!node.extra) return callCode(node, of);
      assert(place.extra, `there is code for ${node.name}()`);
      return place.extra(node);
    case 'regex':
      return scope.constant(new RegExp(node.pattern, node.flags));
  }
}

function fieldCode(path: readonly string[], of: Writing): string {
  const { row = 'row', field } = of.place;
  for (let known = path.length; known > 0 && field; known--) {
    const code = field(path.slice(0, known));
    if (code !== undefined) return path.slice(known).reduce((inner, name) => partCode(inner, name, of), code);
  }
  const [name, ...rest] = path as [string, ...string[]];
  const first = objectNames.has(name) ? `$.own(${row}, ${JSON.stringify(name)})` : row + property(name);
  return rest.reduce((inner, each) => partCode(inner, each, of), first);
}

/** Reads a field of what may be no object at all. */
function partCode(of: string, name: string, { scope }: Writing): string {
  if (objectNames.has(name)) return `$.own(${of}, ${JSON.stringify(name)})`;
  const t = scope.temp();
  const read = `((${t} = ${of}) !== null && typeof ${t} === "object" ? ${t}${property(name)} : undefined)`;
  return inheritedNames.has(name) ? `(typeof (${t} = ${read}) === "function" ? undefined : ${t})` : read;
}

function lengthCode(node: Node, of: Writing): string {
  const t = of.scope.temp();
  const test = `typeof (${t} = ${of.code(node)}) === "string" || (${t} !== null && typeof ${t} === "object")`;
  return `(${test} ? ${t}.length : undefined)`;
}

function indexCode(node: IndexNode, of: Writing): string {
  const { of: list, at } = node;
  if (at.kind === 'literal' && list.kind === 'call' && list.name === 'split' && list.args.length === 2) {
    // The one part, without a list of all of them.
    return of.code({ ...list, args: [...list.args, at], result: 'unknown' });
  }
  const otherwise = (a: string, b: string) => `$.item(${a}, ${b}, ${of.text}, ${node.column})`;
  if (at.kind !== 'literal' || typeof at.value !== 'number') return otherwise(of.code(list), of.code(at));
  const t = of.scope.temp();
  const place = of.code(at);
  return `(Array.isArray(${t} = ${of.code(list)}) ? ${t}[${place}] : ${otherwise(t, place)})`;
}
