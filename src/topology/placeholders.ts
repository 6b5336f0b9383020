/** One `${…}` of a text. */
export interface Placeholder {
  /** Where it begins, and where the text goes on behind it. */
  readonly start: number;
  readonly end: number;
  /** What stands between the braces; undefined for `\\${`, which stands for `${` itself. */
  readonly body: string | undefined;
}

/** The placeholders of a text, in order. Braces inside one nest, so that `${ {a: 1}.a }` is one. */
export function findPlaceholders(text: string): Placeholder[] {
  const found: Placeholder[] = [];
  let at = text.indexOf('${');
  while (at >= 0) {
    if (text[at - 1] === '\\') {
      found.push({ start: at - 1, end: at + 2, body: undefined });
      at = text.indexOf('${', at + 2);
      continue;
    }
    const end = closingBrace(text, at + 2);
    if (end === undefined) return found;
    found.push({ start: at, end, body: text.slice(at + 2, end - 1) });
    at = text.indexOf('${', end);
  }
  return found;
}

function closingBrace(text: string, from: number): number | undefined {
  let depth = 1;
  for (let at = from; at < text.length; at++) {
    if (text[at] === '{') depth++;
    else if (text[at] === '}' && --depth === 0) return at + 1;
  }
  return undefined;
}

/** `env:NAME` or `env:NAME:-default` taken apart; undefined when the body is something else. */
export function environmentOf(body: string): { name: string; fallback?: string } | undefined {
  const match = /^env:([A-Za-z_]\w*)(?::-([\s\S]*))?$/.exec(body);
  if (!match) return undefined;
  return { name: match[1] as string, ...(match[2] === undefined ? {} : { fallback: match[2] }) };
}

/** The quote that the character at `position` of an expression stands inside, or undefined outside of all texts. */
export function quoteAt(expression: string, position: number): string | undefined {
  let quote: string | undefined;
  for (let at = 0; at < position; at++) {
    const char = expression[at] as string;
    if (quote !== undefined && char === '\\') at++;
    else if (quote === undefined && `'"\``.includes(char)) quote = char;
    else if (char === quote) quote = undefined;
  }
  return quote;
}
