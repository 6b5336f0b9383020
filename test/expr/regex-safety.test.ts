import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { regexProblem } from '../../src/expr/regex-safety.ts';
import { tries } from '../support/thorough.ts';

describe('a pattern that can take exponential time is refused', () => {
  test.each([
    '(a+)+',
    '(a*)*',
    '(a|a)*',
    '(a|ab|b)*',
    '(a?b?)*',
    '(.*,)*',
    '(\\w+\\s?)*$',
    '^(([a-z])+.)+[A-Z]([a-z])+$',
    '(\\d|[0-9])+',
    '(a{2,})+',
    '(a{1,3}){5,}',
    '(x+x+)+y',
    '((ab)+|abab)*',
    '(?:[^/]+|.)*z',
    '(?=(a+)+$)a',
    '(?<name>a+)+',
    '(\\p{L}+)*\\d',
    '([\\s\\S]|\\n)*x',
  ])('%s', (pattern) => {
    expect(regexProblem(pattern, 'u')?.what).toContain('exponential');
  });

  test('also where only the flag makes two ways of it', () => {
    expect(regexProblem('(a|A)*b', 'i')?.what).toContain('exponential');
    expect(regexProblem('(a|A)*b', '')).toBeUndefined();
  });
});

describe('a pattern that cannot is accepted', () => {
  test.each([
    'channel_id=([0-9]+)',
    '^(\\/[^/]+)+$',
    '(\\d{1,3}\\.){3}\\d{1,3}',
    '^(\\w+\\.)+com$',
    '(,[^,]+)*',
    '"([^"\\\\]|\\\\.)*"',
    '^\\s*#.*$',
    '(a|b|c)+',
    '(foo|bar|baz)*qux',
    '(ab?c)*',
    '(\\d{1,3},)*',
    '(?:[01]?\\d|2[0-3]):[0-5]\\d',
    '[-+]?\\d+(\\.\\d+)?(e[-+]?\\d+)?',
    '[^\\]]+\\]',
    '\\u{1F600}+|\\x41\\cA\\0',
    '(a?)*',
    '(a*)?b',
    '(?!x)(?<!y)(?<=z).*',
    '.*.*=.*',
    '',
  ])('%s', (pattern) => {
    expect(regexProblem(pattern, 'u')).toBeUndefined();
  });
});

test('one too large to be judged is refused', () => {
  expect(regexProblem(`(${'a|b'.repeat(300)})*`, '')?.what).toContain('too large');
});

/** How many ways there are in which a backtracking matcher can read a text as a whole, up to `enough`. */
function ways(tree: Piece, text: string, enough: number): number {
  const from = (piece: Piece, at: number, then: (at: number) => number): number => {
    if (piece.kind === 'char') return text[at] === piece.char ? then(at + 1) : 0;
    if (piece.kind === 'choice') return from(piece.a, at, then) + from(piece.b, at, then);
    if (piece.kind === 'sequence') return from(piece.a, at, (middle) => from(piece.b, middle, then));
    // Each round reads something, as JavaScript breaks off an empty one.
    const more = (start: number): number => {
      const count = then(start);
      return count >= enough ? count : count + from(piece.a, start, (next) => (next > start ? more(next) : 0));
    };
    return more(at);
  };
  return from(tree, 0, (at) => (at === text.length ? 1 : 0));
}

type Piece =
  | { kind: 'char'; char: string }
  | { kind: 'choice' | 'sequence'; a: Piece; b: Piece }
  | { kind: 'star'; a: Piece };

const pieces = fc.letrec<{ piece: Piece }>((tie) => ({
  piece: fc.oneof(
    { depthSize: 'small' },
    fc.constantFrom('a', 'b').map((char) => ({ kind: 'char' as const, char })),
    fc.record({ kind: fc.constantFrom('choice' as const, 'sequence' as const), a: tie('piece'), b: tie('piece') }),
    fc.record({ kind: fc.constant('star' as const), a: tie('piece') }),
  ),
})).piece;

function show(piece: Piece): string {
  if (piece.kind === 'char') return piece.char;
  if (piece.kind === 'star') return `(?:${show(piece.a)})*`;
  return piece.kind === 'choice' ? `(?:${show(piece.a)}|${show(piece.b)})` : show(piece.a) + show(piece.b);
}

test('no accepted pattern reads a text of 16 characters in a number of ways that doubles with each few of them', () => {
  fc.assert(
    fc.property(pieces, fc.string({ unit: fc.constantFrom('a', 'b'), minLength: 1, maxLength: 4 }), (piece, unit) => {
      if (regexProblem(show(piece), '') !== undefined) return;
      const text = unit.repeat(16).slice(0, 16);
      // Accepted patterns may be ambiguous to a power of the length, never to 2 to the power of it.
      expect(ways(piece, text, 1e5)).toBeLessThan(20_000);
    }),
    { numRuns: tries(2000) },
  );
});
