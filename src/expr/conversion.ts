import type * as acorn from 'acorn';
import type { Node, Type } from './node.ts';
import { expressionError } from './problem.ts';

/** Functions that the parser's caller adds to the table. */
export interface ExtraCalls {
  readonly names: Iterable<string>;
  /** Takes a call as its own and says the type of its result; undefined leaves the call to the function table. */
  typeOf(name: string, args: readonly Node[], column: number): Type | undefined;
}

/** A text on its way from JavaScript's syntax tree to checked nodes. */
export interface Conversion {
  readonly text: string;
  readonly extra?: ExtraCalls | undefined;
  /** Converts a part of the tree. */
  convert(tree: acorn.Expression | acorn.Super | acorn.SpreadElement): Node;
}

/** The error for something of JavaScript that the language has not. */
export function refusal(of: Conversion, start: number, what: string, expected?: string): Error {
  return expressionError(of.text, start + 1, what, expected === undefined ? {} : { expected });
}
