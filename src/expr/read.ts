import type { Expression } from 'acorn';
import { ExpressionParser } from './module-name.ts';
import { wordingOf } from './parser-words.ts';
import { expressionError, refuseHalves } from './problem.ts';

/** The longest text of an expression, in characters: what no hand has written may be an attack on the parser. */
export const LONGEST_TEXT = 10_000;

// Strict mode would take `interface` and `package` from the authors as names of fields.
const OPTIONS = { ecmaVersion: 2022, sourceType: 'script', allowHashBang: false, preserveParens: true } as const;

/** Words of other languages, and what is written here. */
const WORDS = new Map([
  ['and', 'write &&'],
  ['or', 'write ||'],
  ['not', 'write !'],
  ['is', 'write =='],
  ['like', 'write contains(text, part) or matches(text, /pattern/)'],
  ['between', 'write low <= x && x <= high'],
  ['if', 'write condition ? yes : no'],
  ['case', 'write condition ? yes : no'],
  ['then', 'write condition ? yes : no'],
]);

const KEYWORD =
  /^(break|catch|class|const|continue|debugger|default|do|else|enum|export|extends|finally|for|function|import|new|return|switch|throw|try|var|while|with)$/;
const OPERATOR = /^(delete|in|instanceof|super|this|typeof|void)$/;

/** Whether a word alone is no expression in JavaScript, but may well be the name of a field. */
export function isReserved(word: string): boolean {
  return KEYWORD.test(word) || OPERATOR.test(word);
}

/**
 * Reads one JavaScript expression from `from` on and says where it ends. What follows it is the caller's business.
 * Throws `WEIR_EXPRESSION` with the column.
 */
export function readJavaScript(text: string, from = 0): { tree: Expression; end: number } {
  if (text.length > LONGEST_TEXT) {
    throw expressionError(text, LONGEST_TEXT, `an expression has at most ${LONGEST_TEXT} characters`);
  }
  refuseHalves(text, text);
  let htmlComment = -1;
  const onComment = (_block: boolean, _text: string, start: number) => {
    if (text[start] !== '/') htmlComment = start;
  };
  try {
    const tree = ExpressionParser.parseExpressionAt(text, from, { ...OPTIONS, onComment });
    // Scripts, for the sake of browsers of 1996, take `a <!--b` for a comment.
    if (htmlComment >= 0) throw expressionError(text, htmlComment + 1, `'<!--' and '-->' are not operators`);
    return { tree, end: tree.end };
  } catch (error) {
    throw translate(error, text, from);
  }
}

/** Where the next token begins, comments and spaces passed over; the text's length if there is none. */
export function nextToken(text: string, from: number): number {
  try {
    return from + ExpressionParser.tokenizer(text.slice(from), OPTIONS).getToken().start;
  } catch {
    return from;
  }
}

/** Complains of what stands behind a whole expression, if anything does. */
export function refuseRest(text: string, end: number): void {
  const at = nextToken(text, end);
  if (at < text.length) throw unexpected(text, at);
}

function translate(error: unknown, text: string, from: number): unknown {
  if (error instanceof RangeError) return expressionError(text, from + 1, 'the expression is nested too deeply');
  const { pos } = error as { pos?: number };
  if (!(error instanceof SyntaxError) || pos === undefined) return error;
  const what = error.message.replace(/ \(\d+:\d+\)$/, '');
  return what === 'Unexpected token' ? unexpected(text, pos) : expressionError(text, pos + 1, wordingOf(what));
}

function unexpected(text: string, pos: number): Error {
  const rest = text.slice(pos).trimStart();
  const at = text.length - rest.length;
  if (rest === '') {
    const empty = text.trim() === '';
    return expressionError(text, text.length + 1, empty ? 'the expression is empty' : 'the expression ends too early');
  }
  const word = /^(<>|\w+|\S)/.exec(rest)![1]!;
  const before = /(\w+|<)\s*$/.exec(text.slice(0, at))?.[1] ?? '';
  if (word === '>' && before === '<') return expressionError(text, at + 1, `unexpected '>'`, { expected: 'write !=' });
  if (rest.startsWith('**')) {
    return expressionError(text, at + 1, 'a sign before ** is unclear', { expected: 'write -(x ** y) or (-x) ** y' });
  }
  for (const name of [word, before]) {
    const expected = KEYWORD.test(name)
      ? `write field("${name}") for a field of that name`
      : WORDS.get(name.toLowerCase());
    if (expected) return expressionError(text, at + 1, `unexpected '${name}'`, { expected });
  }
  return expressionError(text, at + 1, `unexpected '${word}'`);
}
