import type { Parameter } from './functions/signature.ts';
import { functions } from './functions/table.ts';
import { type BinaryNode, type CallNode, childrenOf, type Node, type Type } from './node.ts';
import { expressionError } from './problem.ts';

/** The type of a field, where it is known. */
export type Schema = (path: readonly string[]) => Type | undefined;

const COMPARISONS: readonly string[] = ['<', '<=', '>', '>=', '==', '!=', 'in'];

/** What type an expression gives when it does not give null; `unknown` where that depends on the records. */
export function typeOf(node: Node, schema?: Schema): Type {
  switch (node.kind) {
    case 'literal':
      return node.value === null ? 'null' : primitiveType(node.value);
    case 'field':
      return schema?.(node.path) ?? 'unknown';
    case 'template':
      return 'text';
    case 'list':
    case 'object':
      return node.kind;
    case 'call':
      return node.result;
    case 'unary':
      return node.op === '!' ? 'bool' : 'number';
    case 'binary':
      return binaryType(node, schema);
    case 'logical':
      return either(typeOf(node.left, schema), typeOf(node.right, schema));
    case 'choice':
      return either(typeOf(node.yes, schema), typeOf(node.no, schema));
    default:
      return 'unknown';
  }
}

function primitiveType(value: number | string | boolean): Type {
  return typeof value === 'number' ? 'number' : typeof value === 'string' ? 'text' : 'bool';
}

function binaryType(node: BinaryNode, schema?: Schema): Type {
  if (COMPARISONS.includes(node.op)) return 'bool';
  const left = typeOf(node.left, schema);
  const right = typeOf(node.right, schema);
  if (node.op === '+' && (left === 'text' || right === 'text')) return 'text';
  if (node.op === '+' && !(isNumeric(left) && isNumeric(right))) return 'unknown';
  const times = [left, right].filter((type) => type === 'time').length;
  return times === 1 && (node.op === '+' || (node.op === '-' && left === 'time')) ? 'time' : 'number';
}

/** The type of what is of one type or of the other. */
export function either(a: Type, b: Type): Type {
  if (a === b || b === 'null') return a;
  if (a === 'null') return b;
  return isNumeric(a) && isNumeric(b) ? 'number' : 'unknown';
}

/** Whether values of a type are JavaScript numbers. */
export function isNumeric(type: string): boolean {
  return type === 'number' || type === 'time';
}

/** Whether a value of a type may turn out to be of another: unknown is anything, and null is no type's mistake. */
function mayBe(type: Type, wanted: string): boolean {
  return type === 'unknown' || type === 'null' || type === wanted || (isNumeric(type) && isNumeric(wanted));
}

/**
 * Finds what must fail whatever the records hold, such as `"a" * 2` or `price < "10"`. With a schema it knows the types of
 * fields too; `outside`, it leaves alone what stands inside of aggregates. Throws `WEIR_EXPRESSION`.
 */
export function checkTypes(text: string, node: Node, schema?: Schema, outside = false): void {
  const check = (each: Node): void => {
    if (outside && each.kind === 'call' && each.extra) return;
    childrenOf(each).forEach(check);
    const problem = problemOf(each, schema);
    if (problem) throw expressionError(text, problem.column, problem.what, { expected: problem.expected });
  };
  check(node);
}

type Problem = { column: number; what: string; expected: string } | undefined;

function problemOf(node: Node, schema?: Schema): Problem {
  if (node.kind === 'unary' && node.op !== '!') {
    const type = typeOf(node.of, schema);
    if (mayBe(type, 'number')) return undefined;
    return { column: node.column, what: `${node.op} takes a number, not a ${type}`, expected: 'write number(x)' };
  }
  if (node.kind === 'binary') return binaryProblem(node, schema);
  return node.kind === 'call' && !node.extra ? callProblem(node, schema) : undefined;
}

function binaryProblem(node: BinaryNode, schema?: Schema): Problem {
  const { op, column } = node;
  const left = typeOf(node.left, schema);
  const right = typeOf(node.right, schema);
  if (op === 'in') return membershipProblem(node, left, right, schema);
  const expected = hintFor(left, right);
  if (op === '==' || op === '!=') {
    if (mayEqual(left, right)) return undefined;
    return { column, what: `a ${left} never equals a ${right}`, expected };
  }
  if (op === '+' && (mayJoin(left, right) || mayJoin(right, left))) return undefined;
  if (op === '+' && (left === 'text' || right === 'text')) {
    return { column, what: `+ does not join ${left} and ${right}`, expected: 'write toJson(x)' };
  }
  if (COMPARISONS.includes(op) && mayBe(left, 'text') && mayBe(right, 'text')) return undefined;
  if (mayBe(left, 'number') && mayBe(right, 'number')) return undefined;
  const wants = COMPARISONS.includes(op) ? 'two numbers or two texts' : 'numbers';
  return { column, what: `${op} takes ${wants}, not ${left} and ${right}`, expected };
}

function mayJoin(text: Type, other: Type): boolean {
  return mayBe(text, 'text') && other !== 'list' && other !== 'object';
}

function membershipProblem(node: BinaryNode, left: Type, right: Type, schema?: Schema): Problem {
  if (!mayBe(right, 'list')) {
    const expected = right === 'text' ? 'write contains(text, part)' : 'write x in [a, b]';
    return { column: node.column, what: `in takes a list on its right, not a ${right}`, expected };
  }
  const items = node.right.kind === 'list' ? node.right.items : [];
  const wrong = items.find((item) => !mayEqual(typeOf(item, schema), left));
  if (!wrong) return undefined;
  const type = typeOf(wrong, schema);
  return { column: wrong.column, what: `a ${left} never equals a ${type}`, expected: hintFor(left, type) };
}

/** Whether values of two types, neither of them null, may ever be equal. */
export function mayEqual(a: Type, b: Type): boolean {
  return mayBe(a, b) || mayBe(b, a);
}

/** How to make two types one. */
export function hintFor(left: Type, right: Type): string {
  const both = [left, right];
  if (both.includes('time') && both.includes('text')) return 'write parseTime("…") for a time';
  if (both.includes('number') && both.includes('text')) return 'write number(x) or text(x) to have both the same';
  return 'have both the same type';
}

function callProblem(node: CallNode, schema?: Schema): Problem {
  const fn = functions.get(node.name)!;
  for (const [i, arg] of node.args.entries()) {
    const parameter = parameterAt(fn.parameters, i);
    if (arg.kind === 'regex' || parameter.types.includes('any') || parameter.types.includes('literal')) continue;
    const type = typeOf(arg, schema);
    if (parameter.types.some((wanted) => mayBe(type, wanted))) continue;
    const wants = parameter.types.join(' or ');
    const wantsNumber = type === 'text' && parameter.types.some(isNumeric);
    const wantsText = isNumeric(type) && parameter.types.includes('text');
    const expected = wantsNumber ? 'write number(x)' : wantsText ? 'write text(x)' : `it is ${fn.signature}`;
    return {
      column: arg.column,
      what: `${node.name}() takes a ${wants} as ${parameter.name}, not a ${type}`,
      expected,
    };
  }
  return undefined;
}

/** The parameter that the argument at a place is for. */
export function parameterAt(parameters: readonly Parameter[], place: number): Parameter {
  return parameters[Math.min(place, parameters.length - 1)]!;
}
