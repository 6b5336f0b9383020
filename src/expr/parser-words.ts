/** What the parser complains of, and what we say: its words are about all of JavaScript. */
const WORDS: readonly (readonly [of: RegExp, ours: string])[] = [
  [/^Not enough stack space/, 'the expression is nested too deeply'],
  [/^Unterminated string/, 'the text has no closing quote'],
  [/^Unterminated template/, 'the text has no closing `'],
  [/^Unterminated regular expression/, 'the pattern has no closing /'],
  [/^Unterminated comment/, 'the comment has no end'],
  [/^Unexpected (?:character|keyword) '(.*)'$/s, `unexpected '$1'`],
  [/^Identifier directly after number/, 'a name does not begin with a digit'],
  [/^Expected number in radix|^Invalid number/, 'digits are missing in this number'],
  [/numeric separator|^Only one underscore/i, 'an _ in a number stands between two digits'],
  [/escape|^Code point out of bounds/i, 'there is no such escape; write \\\\ for a backslash'],
  [/^Logical expressions and coalesce/, '?? beside && or || needs parentheses'],
  [/tag of tagged template/, 'a text in `…` has no function before it'],
  [/^Assigning to rvalue|left-hand side/, 'an expression changes nothing; write == to compare'],
  [/^Duplicate regular expression flag/, 'a flag stands twice behind the pattern'],
  [/^Invalid regular expression flag/, 'there is no such flag of a pattern'],
  [/^Invalid regular expression: \/.*\/: (.*)$/s, 'this is no pattern: $1'],
  [/^'(new\.target|super)'/, '$1 is not available'],
];

/** A complaint of the parser in our words. */
export function wordingOf(complaint: string): string {
  for (const [of, ours] of WORDS) {
    const found = of.exec(complaint);
    if (found) return ours.replace('$1', () => found[1] as string);
  }
  return 'this cannot be read';
}
