import type { BinaryNode, ListNode, LiteralNode, Node } from './node.ts';
import { type Sure, sureOf } from './sure.ts';
import type { Writing } from './writing.ts';

/** Up to so many literals of a list are compared one by one; more are looked up in a set. */
const MOST_COMPARED = 8;

/** The code of an operator of two operands: numbers inline, all else by a helper, guards only where they are needed. */
export function binaryCode(node: BinaryNode, of: Writing): string {
  const { op, left, right, column } = node;
  if (op === 'in') return membershipCode(node, of);
  if (op === '==') return equalityCode(left, right, of);
  if (op === '!=') return `(!${equalityCode(left, right, of)})`;
  const [a, b] = [sureOf(left), sureOf(right)];
  const isComparison = op === '<' || op === '<=' || op === '>' || op === '>=';
  if (a === b && (a === 'number' || (a === 'string' && (isComparison || op === '+')))) {
    return `(${of.code(left)} ${op} ${of.code(right)})`;
  }
  // With a text on one side the numbers' way is hopeless; a comparison or a joining of two texts is the likely one.
  const likely = a === 'string' || b === 'string' ? 'string' : 'number';
  const [x, y] = [operand(left, of), operand(right, of)];
  const guards = [guard(x.name, a, likely), guard(y.name, b, likely)].filter((each) => each !== undefined);
  const helper = isComparison ? `$.compare("${op}", ` : op === '+' ? '$.plus(' : `$.none("${op}", `;
  const otherwise = `${helper}${x.name}, ${y.name}, ${of.text}, ${column})`;
  return `(${x.set}${y.set}${guards.join(' && ')} ? ${x.name} ${op} ${y.name} : ${otherwise})`;
}

function guard(name: string, sure: Sure, likely: 'string' | 'number'): string | undefined {
  return sure === likely ? undefined : `typeof ${name} === "${likely}"`;
}

/** An operand that is mentioned more than once: a literal as it is, all else by a variable that is set beforehand. */
function operand(node: Node, of: Writing): { name: string; set: string } {
  const code = of.code(node);
  if (node.kind === 'literal') return { name: code, set: '' };
  const name = of.scope.temp();
  return { name, set: `${name} = ${code}, ` };
}

function equalityCode(left: Node, right: Node, of: Writing): string {
  const [a, b] = [of.code(left), of.code(right)];
  const isNull = (node: Node) => node.kind === 'literal' && node.value === null;
  // Loose equality with null is what JavaScript has for "null or undefined".
  if (isNull(left) || isNull(right)) return `(${a} == ${b})`;
  if (sureOf(left) !== undefined || sureOf(right) !== undefined) return `(${a} === ${b})`;
  const [x, y] = [of.scope.temp(), of.scope.temp()];
  return `((${x} = ${a}) === (${y} = ${b}) || (${x} == null && ${y} == null))`;
}

function membershipCode({ left, right, column }: BinaryNode, of: Writing): string {
  const value = of.code(left);
  if (!isLiteralList(right)) return `$.isIn(${value}, ${of.code(right)}, ${of.text}, ${column})`;
  const items = right.items.map((item) => (item as LiteralNode).value);
  if (items.length > MOST_COMPARED) return `${of.scope.constant(new Set(items))}.has(${value})`;
  if (items.length === 0) return `(${value}, false)`;
  const t = of.scope.temp();
  const tests = items.map((item, i) => `${i === 0 ? `(${t} = ${value})` : t} === ${JSON.stringify(item)}`);
  return `(${tests.join(' || ')})`;
}

function isLiteralList(node: Node): node is ListNode {
  return node.kind === 'list' && node.items.every((item) => item.kind === 'literal' && item.value !== null);
}
