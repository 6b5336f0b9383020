/** How many digits follow a backslash and this letter in a double-quoted text. */
const ESCAPES: Record<string, number> = { x: 2, u: 4, U: 8 };

/**
 * How far behind the start of a scalar in YAML source its character `offset` is written. Plain and quoted scalars, folded
 * lines, escapes and block scalars: the value and its source are walked side by side. O(offset).
 */
export function scalarOffset(source: string, value: string, offset: number): number {
  const block = source[0] === '|' || source[0] === '>';
  const quote = source[0] === '"' || source[0] === "'" ? source[0] : '';
  // The text of a block begins behind the indentation of the line after its header.
  let at = block ? runEnd(source, source.indexOf('\n')) : quote.length;
  let i = block ? runEnd(value, 0) : 0;
  while (i < offset) {
    const here = source[at] ?? '';
    if (quote === '"' && here === '\\') {
      const letter = source[at + 1] ?? '';
      // A backslash at the end of a line joins it with the next one.
      if (letter === '\n') {
        at = runEnd(source, at + 1);
        continue;
      }
      at += 1 + (ESCAPES[letter] ?? 0);
    } else if (quote === "'" && here === "'") {
      at += 1;
    } else if (isSpace(here) && source.slice(at, runEnd(source, at)).includes('\n')) {
      // Line ends and indentation of the source are some other white space of the value.
      at = runEnd(source, at);
      i = runEnd(value, i);
      continue;
    }
    at += 1;
    i += 1;
  }
  return at;
}

function runEnd(text: string, from: number): number {
  let at = from;
  while (isSpace(text[at] ?? '')) at++;
  return at;
}

function isSpace(char: string): boolean {
  return char !== '' && ' \t\r\n'.includes(char);
}
