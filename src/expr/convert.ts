import type * as acorn from 'acorn';
import { type Conversion, type ExtraCalls, refusal } from './conversion.ts';
import { convertCall } from './convert-call.ts';
import { isModuleName } from './module-name.ts';
import type { BinaryOperator, Node } from './node.ts';
import { refuseHalves } from './problem.ts';
import { refusedForms, refusedNames, refusedOperators } from './refusals.ts';

/** How deep expressions may nest; each operator of a long sum is one level. */
const DEEPEST = 200;

const BINARY = new Map<string, BinaryOperator>([
  ...(['+', '-', '*', '/', '%', '**', '<', '<=', '>', '>=', '==', '!=', 'in'] as const).map((op) => [op, op] as const),
  ['===', '=='],
  ['!==', '!='],
]);

/** Turns the syntax tree of a text into nodes. Throws `WEIR_EXPRESSION` at whatever is not of the language. */
export function convert(tree: acorn.Expression, text: string, extra?: ExtraCalls): Node {
  let depth = 0;
  const of: Conversion = {
    text,
    extra,
    convert: (part) => {
      if (depth >= DEEPEST) throw refusal(of, part.start, 'the expression is nested too deeply');
      depth++;
      const node = convertForm(part as acorn.Expression, of);
      depth--;
      return node;
    },
  };
  return of.convert(tree);
}

function convertForm(tree: acorn.Expression, of: Conversion): Node {
  const column = tree.start + 1;
  switch (tree.type) {
    case 'ParenthesizedExpression':
      return of.convert(tree.expression);
    case 'ChainExpression':
      return of.convert(tree.expression);
    case 'Literal':
      return convertLiteral(tree, of);
    case 'Identifier':
      if (Object.hasOwn(refusedNames, tree.name)) {
        throw refusal(of, tree.start, `${tree.name} is not available`, refusedNames[tree.name]);
      }
      if (isModuleName(tree.name)) {
        throw refusal(of, tree.start, `${tree.name} is a module, not a value`, `write ${tree.name}(value)`);
      }
      return { kind: 'field', path: [tree.name], column };
    case 'TemplateLiteral':
      return {
        kind: 'template',
        texts: tree.quasis.map(({ value, start }) => {
          refuseHalves(value.cooked ?? '', of.text, start + 1);
          return value.cooked ?? '';
        }),
        parts: tree.expressions.map((part) => of.convert(part)),
        column,
      };
    case 'UnaryExpression':
      if (tree.operator !== '-' && tree.operator !== '+' && tree.operator !== '!') break;
      return { kind: 'unary', op: tree.operator, of: of.convert(tree.argument), column };
    case 'BinaryExpression':
      return convertBinary(tree, of);
    case 'LogicalExpression':
      return {
        kind: 'logical',
        op: tree.operator,
        left: of.convert(tree.left),
        right: of.convert(tree.right),
        column: columnOfOperator(tree, of),
      };
    case 'ConditionalExpression':
      return {
        kind: 'choice',
        test: of.convert(tree.test),
        yes: of.convert(tree.consequent),
        no: of.convert(tree.alternate),
        column,
      };
    case 'MemberExpression':
      return convertMember(tree, of);
    case 'ArrayExpression':
      return {
        kind: 'list',
        items: tree.elements.map((item) => {
          if (item === null) throw refusal(of, tree.start, 'a list has an empty place', 'write null');
          return of.convert(item);
        }),
        column,
      };
    case 'ObjectExpression':
      return convertObject(tree, of);
    case 'CallExpression':
      return convertCall(tree, of);
  }
  throw refuseForm(tree, of);
}

function refuseForm(tree: acorn.Expression, of: Conversion): Error {
  const operator = tree.type === 'UnaryExpression' || tree.type === 'BinaryExpression' ? tree.operator : undefined;
  if (operator !== undefined) {
    const start = tree.type === 'BinaryExpression' ? columnOfOperator(tree, of) - 1 : tree.start;
    return refusal(of, start, `the operator ${operator} is not available`, refusedOperators[operator]);
  }
  const [what, expected] = refusedForms[tree.type] ?? [`${tree.type} is not available`, undefined];
  return refusal(of, tree.start, what, expected);
}

function convertLiteral(tree: acorn.Literal, of: Conversion): Node {
  const { value, raw = '', start } = tree;
  const column = start + 1;
  if (tree.regex) throw refusal(of, start, 'a regular expression stands only in matches() and extract()');
  if (tree.bigint !== undefined) throw refusal(of, start, 'big integers are not available', 'leave the n out');
  if (typeof value === 'string') refuseHalves(value, of.text, column);
  if (typeof value === 'number') {
    if (/^0\d/.test(raw)) throw refusal(of, start, `${raw} could be meant as octal`, 'leave out the zeros before it');
    if (!Number.isFinite(value)) throw refusal(of, start, `${raw} is larger than a number can be`);
  }
  return { kind: 'literal', value: value as number | string | boolean | null, column };
}

function convertBinary(tree: acorn.BinaryExpression, of: Conversion): Node {
  const op = BINARY.get(tree.operator);
  if (tree.left.type === 'PrivateIdentifier') throw refusal(of, tree.left.start, ...refusedForms.PrivateIdentifier!);
  if (op === undefined) throw refuseForm(tree, of);
  const column = columnOfOperator(tree, of);
  return { kind: 'binary', op, left: of.convert(tree.left), right: of.convert(tree.right), column };
}

function columnOfOperator(tree: acorn.BinaryExpression | acorn.LogicalExpression, of: Conversion): number {
  return of.text.indexOf(tree.operator, tree.left.end) + 1;
}

function convertMember(tree: acorn.MemberExpression, of: Conversion): Node {
  const object = of.convert(tree.object);
  const { property } = tree;
  const column = object.column;
  if (property.type === 'PrivateIdentifier') throw refusal(of, property.start, ...refusedForms.PrivateIdentifier!);
  if (!tree.computed) {
    if (property.type !== 'Identifier') throw refuseForm(property, of);
    if (tree.object.type === 'Identifier' && tree.object.name === 'Math' && /^[A-Z]/.test(property.name)) {
      throw refusal(of, tree.start, `Math.${property.name} is not available`, 'write pi(), e() or the number');
    }
    // `tags.length` must not look like a field to a decoder which reads only the fields that are needed.
    if (property.name === 'length') return { kind: 'member', of: object, name: 'length', column };
    return part(object, property.name);
  }
  const at = of.convert(property);
  if (at.kind === 'literal' && typeof at.value === 'string') return part(object, at.value);
  return { kind: 'index', of: object, at, column };
}

function part(of: Node, name: string): Node {
  if (of.kind === 'field') return { kind: 'field', path: [...of.path, name], column: of.column };
  return { kind: 'member', of, name, column: of.column };
}

function convertObject(tree: acorn.ObjectExpression, of: Conversion): Node {
  const names: string[] = [];
  const values: Node[] = [];
  for (const property of tree.properties) {
    if (property.type === 'SpreadElement') throw refusal(of, property.start, ...refusedForms.SpreadElement!);
    const { key } = property;
    if (property.computed) throw refusal(of, key.start, 'a name in { } is written out, not computed');
    if (property.kind !== 'init' || property.method) {
      throw refusal(of, property.start, ...refusedForms.FunctionExpression!);
    }
    const name = key.type === 'Identifier' ? key.name : String((key as acorn.Literal).value);
    if (name === '__proto__') throw refusal(of, key.start, '__proto__ cannot be the name of a field');
    refuseHalves(name, of.text, key.start + 1);
    if (names.includes(name)) throw refusal(of, key.start, `${name} stands twice in { }`);
    names.push(name);
    values.push(of.convert(property.value));
  }
  return { kind: 'object', names, values, column: tree.start + 1 };
}
