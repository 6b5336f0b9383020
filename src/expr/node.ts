/** The operators of two operands. `==` and `!=` are the strict ones of JavaScript, with missing equal to null. */
export type BinaryOperator = '+' | '-' | '*' | '/' | '%' | '**' | '<' | '<=' | '>' | '>=' | '==' | '!=' | 'in';

/** What is known of a value before a record is seen. A `time` is a number: milliseconds since the epoch. */
export type Type = 'number' | 'text' | 'bool' | 'time' | 'list' | 'object' | 'null' | 'unknown';

/** Where a node begins in its text, the first character being column 1. */
interface Placed {
  readonly column: number;
}

export interface LiteralNode extends Placed {
  readonly kind: 'literal';
  readonly value: number | string | boolean | null;
}

/** A regular expression; only ever an argument of a call. */
export interface RegexNode extends Placed {
  readonly kind: 'regex';
  readonly pattern: string;
  readonly flags: string;
}

/** A field of the record by the names on the way to it: `bid.auction` is `['bid', 'auction']`. */
export interface FieldNode extends Placed {
  readonly kind: 'field';
  readonly path: readonly string[];
}

/** A named part of a value which is not a path of the record, and every `.length`: of a text, a list or an object. */
export interface MemberNode extends Placed {
  readonly kind: 'member';
  readonly of: Node;
  readonly name: string;
}

/** An item of a list, or a character of a text, by its number from 0. */
export interface IndexNode extends Placed {
  readonly kind: 'index';
  readonly of: Node;
  readonly at: Node;
}

export interface UnaryNode extends Placed {
  readonly kind: 'unary';
  readonly op: '-' | '+' | '!';
  readonly of: Node;
}

export interface BinaryNode extends Placed {
  readonly kind: 'binary';
  readonly op: BinaryOperator;
  readonly left: Node;
  readonly right: Node;
}

export interface LogicalNode extends Placed {
  readonly kind: 'logical';
  readonly op: '&&' | '||' | '??';
  readonly left: Node;
  readonly right: Node;
}

export interface ChoiceNode extends Placed {
  readonly kind: 'choice';
  readonly test: Node;
  readonly yes: Node;
  readonly no: Node;
}

/** A text with holes: `texts` has one item more than `parts`. */
export interface TemplateNode extends Placed {
  readonly kind: 'template';
  readonly texts: readonly string[];
  readonly parts: readonly Node[];
}

export interface ListNode extends Placed {
  readonly kind: 'list';
  readonly items: readonly Node[];
}

export interface ObjectNode extends Placed {
  readonly kind: 'object';
  readonly names: readonly string[];
  readonly values: readonly Node[];
}

/** A call of a function of the table, or of one that the parser's caller added (`extra`: an aggregate). */
export interface CallNode extends Placed {
  readonly kind: 'call';
  readonly name: string;
  readonly args: readonly Node[];
  readonly result: Type;
  readonly extra: boolean;
}

/**
 * A checked expression: what is left of the JavaScript syntax tree once every form outside the language is refused, and
 * every second spelling (`x.toLowerCase()`, `a?.b`, `===`) is turned into the first.
 */
export type Node =
  | LiteralNode
  | RegexNode
  | FieldNode
  | MemberNode
  | IndexNode
  | UnaryNode
  | BinaryNode
  | LogicalNode
  | ChoiceNode
  | TemplateNode
  | ListNode
  | ObjectNode
  | CallNode;

/** The nodes right below a node, in the order of the text. */
export function childrenOf(node: Node): readonly Node[] {
  switch (node.kind) {
    case 'literal':
    case 'regex':
    case 'field':
      return [];
    case 'member':
    case 'unary':
      return [node.of];
    case 'index':
      return [node.of, node.at];
    case 'binary':
    case 'logical':
      return [node.left, node.right];
    case 'choice':
      return [node.test, node.yes, node.no];
    case 'template':
      return node.parts;
    case 'list':
      return node.items;
    case 'object':
      return node.values;
    case 'call':
      return node.args;
  }
}

/** Every field path that the nodes read, once each, in the order of the text. */
export function fieldsOf(...nodes: readonly Node[]): readonly (readonly string[])[] {
  const found = new Map<string, readonly string[]>();
  const visit = (node: Node): void => {
    if (node.kind === 'field') found.set(JSON.stringify(node.path), node.path);
    childrenOf(node).forEach(visit);
  };
  nodes.forEach(visit);
  return [...found.values()];
}

/** Equal for two nodes that mean the same, wherever they stand in their texts. */
export function fingerprintOf(node: Node): string {
  return JSON.stringify(node, (name, value) => (name === 'column' ? undefined : value));
}
