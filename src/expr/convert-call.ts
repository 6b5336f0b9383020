import type * as acorn from 'acorn';
import { type Conversion, refusal } from './conversion.ts';
import type { ExpressionFunction, Parameter } from './functions/signature.ts';
import { functions } from './functions/table.ts';
import { isModuleName } from './module-name.ts';
import { nearest } from './nearest.ts';
import type { Node } from './node.ts';
import { expressionError } from './problem.ts';
import { methods, otherwise, refusedForms } from './refusals.ts';
import { regexProblem } from './regex-safety.ts';

/** A call of a listed function, by its name or in the spelling of a method: `url.startsWith("x")`. */
export function convertCall(tree: acorn.CallExpression, of: Conversion): Node {
  const { callee } = tree;
  if (tree.optional) throw refusal(of, callee.end, 'a function is always there', 'write ( instead of ?.(');
  const spread = tree.arguments.find((argument) => argument.type === 'SpreadElement');
  if (spread) throw refusal(of, spread.start, ...refusedForms.SpreadElement!);
  const args = () => tree.arguments.map((argument) => convertArgument(argument as acorn.Expression, of));
  if (callee.type === 'Identifier') return resolve(callee.name, callee.start, args(), of);
  if (callee.type === 'MemberExpression' && !callee.computed && callee.property.type === 'Identifier') {
    return resolveMethod(callee.object, callee.property, args, of);
  }
  throw refusal(of, callee.start, 'only a function of the list can be called, by its name');
}

/** A regular expression stands for itself in an argument, and nowhere else. */
function convertArgument(tree: acorn.Expression, of: Conversion): Node {
  if (tree.type === 'ParenthesizedExpression') return convertArgument(tree.expression, of);
  if (tree.type !== 'Literal' || !tree.regex) return of.convert(tree);
  const { pattern, flags } = tree.regex;
  const problem = regexProblem(pattern, flags);
  if (problem) throw refusal(of, tree.start, problem.what, problem.expected);
  return { kind: 'regex', pattern, flags, column: tree.start + 1 };
}

function resolveMethod(
  object: acorn.Expression | acorn.Super,
  property: acorn.Identifier,
  args: () => Node[],
  of: Conversion,
): Node {
  const { name, start } = property;
  if (object.type === 'Literal' && object.regex && name === 'test') {
    return resolve('matches', object.start, [...args(), convertArgument(object, of)], of);
  }
  if (object.type === 'Identifier' && /^(Math|Number|Date|JSON|Object|Array|String|Reflect)$/.test(object.name)) {
    const full = `${object.name}.${name}`;
    const plain = functions.has(name.toLowerCase()) ? `write ${name.toLowerCase()}(…)` : undefined;
    throw refusal(of, object.start, `${full} is not available`, own(otherwise, full) ?? plain);
  }
  const listed = own(methods, name);
  if (listed !== undefined) {
    const all = [of.convert(object), ...args()];
    // In JavaScript the second argument of .split() is a limit, in the function it is an index.
    if (name === 'split' && all.length > 2) {
      throw refusal(of, start, '.split() takes the separator alone', 'write split(text, separator, index)');
    }
    return resolve(listed, start, all, of, `.${name}`);
  }
  const expected = own(otherwise, `.${name}`) ?? (functions.has(name) ? `write ${name}(x, …)` : undefined);
  const meant = expected === undefined ? nearest(name, Object.keys(methods)) : undefined;
  throw expressionError(of.text, start + 1, `the method .${name}() is not available`, {
    ...(expected === undefined ? {} : { expected }),
    didYouMean: meant && `.${meant}()`,
  });
}

function resolve(name: string, start: number, args: readonly Node[], of: Conversion, spelled = name): Node {
  const column = start + 1;
  const extra = of.extra?.typeOf(name, args, column);
  if (extra !== undefined) return { kind: 'call', name, args, result: extra, extra: true, column };
  const fn = functions.get(name);
  if (!fn) throw unknownFunction(name, start, of);
  checkArguments(fn, args, column, of, spelled);
  const said = fn.rewrite?.(args, column);
  if (typeof said === 'string') throw refusal(of, start, said);
  return said ?? { kind: 'call', name, args, result: fn.result, extra: false, column };
}

function unknownFunction(name: string, start: number, of: Conversion): Error {
  if (isModuleName(name)) {
    const expected = 'put such code into a `map` step, or into an aggregate';
    return refusal(of, start, `${name}() cannot be called here`, expected);
  }
  const expected = own(otherwise, name) ?? (own(methods, name) && `write ${methods[name]}(…)`);
  const what = `there is no function ${name}()`;
  if (expected !== undefined) return refusal(of, start, what, expected);
  const meant = nearest(name, [...functions.keys(), ...(of.extra?.names ?? [])]);
  return expressionError(of.text, start + 1, what, { didYouMean: meant && `${meant}()` });
}

function checkArguments(
  fn: ExpressionFunction,
  args: readonly Node[],
  column: number,
  of: Conversion,
  spelled: string,
) {
  const least = fn.parameters.filter((parameter) => !parameter.optional).length;
  const most = fn.parameters.at(-1)?.rest ? Number.POSITIVE_INFINITY : fn.parameters.length;
  if (args.length < least || args.length > most) {
    const count = most === least ? `${least}` : most > 99 ? `${least} or more` : `${least} to ${most}`;
    const form = spelled.startsWith('.') ? `, of which the text before ${spelled}() is one` : '';
    throw expressionError(
      of.text,
      column,
      `${fn.name}() takes ${count} ${count === '1' ? 'argument' : 'arguments'}, not ${args.length}${form}`,
      {
        expected: `write ${fn.signature}`,
      },
    );
  }
  args.forEach((arg, i) => {
    const parameter = fn.parameters[Math.min(i, fn.parameters.length - 1)]!;
    checkLiteral(fn, parameter, arg, of);
  });
}

function checkLiteral(fn: ExpressionFunction, parameter: Parameter, arg: Node, of: Conversion): void {
  const wantsRegex = parameter.types.includes('regex');
  if (wantsRegex !== (arg.kind === 'regex')) {
    const expected = wantsRegex ? `write ${fn.name}(text, /…/)` : 'write a text';
    const what = wantsRegex ? `a regular expression as ${parameter.name}` : 'no regular expression here';
    throw expressionError(of.text, arg.column, `${fn.name}() takes ${what}`, { expected });
  }
  if (!parameter.types.includes('literal') || fn.rewrite) return;
  if (arg.kind !== 'literal' || typeof arg.value !== 'string') {
    throw expressionError(of.text, arg.column, `${fn.name}() takes a literal text as ${parameter.name}`);
  }
  try {
    fn.prepare?.(arg.value);
  } catch (error) {
    throw expressionError(of.text, arg.column, (error as Error).message);
  }
}

function own(table: Readonly<Record<string, string>>, name: string): string | undefined {
  return Object.hasOwn(table, name) ? table[name] : undefined;
}
