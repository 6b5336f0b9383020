import { functions } from '../functions/table.ts';
import { nearest } from '../nearest.ts';
import { type CallNode, childrenOf, type Node, type ObjectNode, type Type } from '../node.ts';
import { expressionError } from '../problem.ts';
import { isNumeric, type Schema, typeOf } from '../types.ts';
import type { AggregateFunction, AggregateParameter, FindAggregate, Takes } from './function.ts';

/** The parts of an aggregate's call, each in its place. */
export interface AggregateCall {
  readonly fn: AggregateFunction;
  readonly value: Node | undefined;
  readonly where: Node | undefined;
  /** The numbers after the value, or their defaults. */
  readonly parameters: readonly number[];
  /** Where it stands. */
  readonly text: string;
  readonly column: number;
}

/**
 * Reads a call that may be an aggregate; undefined if it is none: another name, or `min` and `max` of several values.
 * Throws `WEIR_EXPRESSION` for an aggregate with wrong arguments.
 */
export function readAggregate(
  text: string,
  call: Pick<CallNode, 'name' | 'args' | 'column'>,
  find: FindAggregate,
): AggregateCall | undefined {
  const { name, args, column } = call;
  const fn = find(name);
  if (!fn) return undefined;
  const options = optionsOf(fn, args, text);
  const plain = options ? args.slice(0, -1) : args;
  // Functions of several numbers have the same names: which is meant shows in the number of arguments.
  if (functions.has(name) && plain.length > 1 && !options) return undefined;
  const inner = args.find(hasAggregate);
  if (inner) throw expressionError(text, inner.column, `an aggregate cannot stand inside of ${name}()`);
  const [value, ...numbers] = plain;
  const { parameters = [] } = fn;
  const most = fn.value === 'none' ? 0 : 1 + parameters.length;
  const least = fn.value === 'needed' ? 1 + parameters.filter((each) => each.default === undefined).length : 0;
  if (plain.length > most || plain.length < least) {
    throw expressionError(
      text,
      column,
      `${name}() does not take ${plain.length} argument${plain.length === 1 ? '' : 's'}`,
      { expected: hint(fn) },
    );
  }
  const read = parameters.map((parameter, i) => readParameter(fn, parameter, numbers[i], text));
  const problem = fn.refuse?.(...read);
  if (problem) throw expressionError(text, column, `${name}(): ${problem}`);
  return { fn, value, where: options?.values[0], parameters: read, text, column };
}

/** Whether an aggregate stands somewhere in a node. */
export function hasAggregate(node: Node): boolean {
  return (node.kind === 'call' && node.extra) || childrenOf(node).some(hasAggregate);
}

/**
 * The type of an aggregate's result, with the types of the records' fields where they are known. Throws `WEIR_EXPRESSION` if
 * values of the kind given can never be right.
 */
export function typeOfAggregate({ fn, value, text }: AggregateCall, schema?: Schema): Type {
  const type = value === undefined ? 'unknown' : typeOf(value, schema);
  if (value && type !== 'unknown' && type !== 'null') {
    if (!mayTake(fn.takes, type)) {
      const expected = type === 'bool' ? 'count({ where: condition }) counts' : hint(fn);
      throw expressionError(text, value.column, `${fn.name}() takes ${wantedBy[fn.takes]}, not a ${type}`, {
        expected,
      });
    }
  }
  return fn.result === 'value' ? type : fn.result;
}

/** What an aggregate takes, in words. */
export const wantedBy: Readonly<Record<Takes, string>> = {
  anything: 'anything',
  finite: 'finite numbers',
  ordered: 'numbers or texts',
  scalar: 'numbers, texts or bools',
};

function mayTake(takes: Takes, type: Type): boolean {
  if (takes === 'anything' || isNumeric(type)) return true;
  return takes !== 'finite' && (type === 'text' || (takes === 'scalar' && type === 'bool'));
}

function optionsOf(fn: AggregateFunction, args: readonly Node[], text: string): ObjectNode | undefined {
  const last = args.at(-1);
  if (last?.kind !== 'object') return undefined;
  if (last.names.length === 1 && last.names[0] === 'where') return last;
  // A value may be an object, where a function takes anything: collect({ user, price }).
  if (args.length === 1 && fn.value === 'needed') return undefined;
  const wrong = last.names.find((name) => name !== 'where');
  const meant = wrong && nearest(wrong, ['where']);
  throw expressionError(text, last.column, `${fn.name}() takes { where: condition }`, { didYouMean: meant });
}

function readParameter(
  fn: AggregateFunction,
  parameter: AggregateParameter,
  node: Node | undefined,
  text: string,
): number {
  if (!node) return parameter.default!;
  const value = node.kind === 'literal' ? node.value : undefined;
  const right = typeof value === 'number' && value >= parameter.min && value <= parameter.max;
  if (right && (!parameter.integer || Number.isInteger(value))) return value;
  const kind = parameter.integer ? 'whole number' : 'number';
  const range = `a ${kind} from ${parameter.min} to ${parameter.max}`;
  throw expressionError(text, node.column, `${fn.name}() takes ${range} as ${parameter.name}, written out`);
}

function hint(fn: AggregateFunction): string {
  return `it is ${fn.signature}, with { where: condition } last if need be`;
}
