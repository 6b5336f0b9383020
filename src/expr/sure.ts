import { functions } from './functions/table.ts';
import type { BinaryNode, CallNode, Node } from './node.ts';
import { isNumeric, parameterAt } from './types.ts';

/** A type of JavaScript that a value has in any case, never null: code that relies on it needs no guard. */
export type Sure = 'number' | 'string' | 'boolean' | undefined;

/** What a node gives for every record; undefined if that depends on the record or may be null. */
export function sureOf(node: Node): Sure {
  switch (node.kind) {
    case 'literal':
      return node.value === null ? undefined : (typeof node.value as Sure);
    case 'template':
      return 'string';
    case 'unary':
      return node.op === '!' ? 'boolean' : sureOf(node.of);
    case 'binary':
      return sureOfBinary(node);
    case 'logical':
      return same(node.left, node.right);
    case 'choice':
      return same(node.yes, node.no);
    case 'call':
      return node.extra ? undefined : sureOfCall(node);
    default:
      return undefined;
  }
}

function same(a: Node, b: Node): Sure {
  const sure = sureOf(a);
  return sure === sureOf(b) ? sure : undefined;
}

function sureOfBinary({ op, left, right }: BinaryNode): Sure {
  if (op === '<' || op === '<=' || op === '>' || op === '>=' || op === '==' || op === '!=' || op === 'in') {
    return 'boolean';
  }
  const a = sureOf(left);
  const b = sureOf(right);
  if (a === undefined || b === undefined) return undefined;
  return a === 'number' && b === 'number' ? 'number' : op === '+' ? 'string' : undefined;
}

function sureOfCall({ name, args, result }: CallNode): Sure {
  const { mayBeNull, parameters, reads } = functions.get(name)!;
  if (mayBeNull || reads === 'key') return undefined;
  const wholly = args.every((arg, i) => {
    const { types } = parameterAt(parameters, i);
    return types.includes('any') || arg.kind === 'regex' || sureOf(arg) !== undefined;
  });
  if (!wholly) return undefined;
  return isNumeric(result) ? 'number' : result === 'text' ? 'string' : result === 'bool' ? 'boolean' : undefined;
}
