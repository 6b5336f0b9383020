const ESCAPES: Record<string, number> = { x: 4, u: 6, U: 10 };

/**
 * How far behind the start of a scalar in YAML source its character `offset` is written. Plain and quoted scalars, folded
 * lines, escapes and block scalars: the value and its source are walked side by side. O(offset).
 */
export function scalarOffset(source: string, value: string, offset: number): number {
  const block = source[0] === '|' || source[0] === '>';
  const quote = source[0] === '"' || source[0] === "'" ? source[0] : '';
  let at = quote ? 1 : 0;
  let indent = '';
  if (block) {
    at = source.indexOf('\n') + 1;
    indent = /^(?:[ \t]*\n)*( *)/.exec(source.slice(at))?.[1] ?? '';
    at = skipIndent(source, at, indent);
  }
  for (let i = 0; i < offset; i++) {
    const char = value[i];
    if (quote === '"' && source[at] === '\\') at += ESCAPES[source[at + 1] ?? ''] ?? 2;
    else if (quote === "'" && source.startsWith("''", at)) at += 2;
    else if ((char === ' ' || char === '\n') && source[at] !== char && /\s/.test(source[at] ?? '')) {
      // A folded line: one space of the value is a line break and the next line's indentation.
      at = block ? skipIndent(source, at + 1, indent) : at + (/^\s*/.exec(source.slice(at))?.[0].length ?? 0);
    } else {
      at += 1;
      if (char === '\n') at = skipIndent(source, at, indent);
    }
  }
  return at;
}

function skipIndent(source: string, at: number, indent: string): number {
  return source.startsWith(indent, at) ? at + indent.length : at;
}
