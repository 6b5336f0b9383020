import type { CallNode, Node } from './node.ts';
import type { CodeScope } from './scope.ts';

/** Where the code of an expression is to stand: what it finds there under which names. */
export interface Place {
  /** The variable that holds the record. Default `row`. */
  readonly row?: string;
  /** The variable that holds what is known of the record. Default `at`. */
  readonly at?: string;
  /**
   * The code that reads a field, if the generated function has it elsewhere than in the record, as in a local variable.
   * Asked for a path and then for the shorter ones that lead to it; with no answer the record is read.
   */
  readonly field?: (path: readonly string[]) => string | undefined;
  /** The code of a call which the parser's caller added to the language. Its value is never undefined. */
  readonly extra?: (call: CallNode) => string;
}

/** One expression on its way to code. */
export interface Writing {
  readonly scope: CodeScope;
  readonly place: Place;
  /** The constant that holds the expression's text, for errors. */
  readonly text: string;
  /** The code of a node's value, undefined as good as null: one operand, parenthesised if it is not a single word. */
  code(node: Node): string;
  /** The code of a value that leaves the expression: null where it would be undefined, or a function. */
  settled(node: Node): string;
}
