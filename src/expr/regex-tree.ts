/** Code points as ascending, disjoint ranges: `[from, to, from, to, …]`, both ends included. */
export type CodePoints = readonly number[];

/** A regular expression by what it can read; groups are gone, and whatever reads no character is `empty`. */
export type RegexTree =
  | { readonly kind: 'empty' }
  | { readonly kind: 'set'; readonly points: CodePoints }
  | { readonly kind: 'sequence' | 'choice'; readonly parts: readonly RegexTree[] }
  | { readonly kind: 'repeat'; readonly of: RegexTree; readonly min: number; readonly max: number };

const EMPTY: RegexTree = { kind: 'empty' };
const LAST = 0x10ffff;
const ANY: CodePoints = [0, LAST];
const CLASSES: Readonly<Record<string, CodePoints>> = {
  d: [48, 57],
  w: [48, 57, 65, 90, 95, 95, 97, 122],
  s: [
    9, 13, 32, 32, 160, 160, 0x1680, 0x1680, 0x2000, 0x200a, 0x2028, 0x2029, 0x202f, 0x202f, 0x205f, 0x205f, 0x3000,
    0x3000, 0xfeff, 0xfeff,
  ],
};
const CONTROLS: Readonly<Record<string, number>> = { t: 9, n: 10, v: 11, f: 12, r: 13, '0': 0 };

/**
 * Parses a pattern that JavaScript accepts already. Look-around assertions are given apart, since they read nothing of
 * what the rest reads. `backreference` says that the pattern refers back to a group, which no such tree can say.
 */
export function regexTree(pattern: string, flags: string): { trees: RegexTree[]; backreference: boolean } {
  const ignoreCase = flags.includes('i');
  const dot = flags.includes('s') ? ANY : complement([10, 10, 13, 13, 0x2028, 0x2029]);
  const trees: RegexTree[] = [];
  const chars = [...pattern];
  let backreference = false;
  let at = 0;

  const set = (points: CodePoints): RegexTree => ({ kind: 'set', points: ignoreCase ? bothCases(points) : points });
  const looking = (text: string) => chars.slice(at, at + text.length).join('') === text;
  const skip = (text: string): boolean => {
    const found = looking(text);
    if (found) at += text.length;
    return found;
  };

  const choice = (): RegexTree => {
    const parts = [sequence()];
    while (skip('|')) parts.push(sequence());
    return parts.length === 1 ? parts[0]! : { kind: 'choice', parts };
  };

  const sequence = (): RegexTree => {
    const parts: RegexTree[] = [];
    while (at < chars.length && !looking('|') && !looking(')')) parts.push(quantified(atom()));
    return parts.length === 1 ? parts[0]! : { kind: 'sequence', parts };
  };

  const quantified = (of: RegexTree): RegexTree => {
    const quantifier = /^(?:([*+?])|\{(\d+)(,?)(\d*)\})\??/.exec(chars.slice(at, at + 24).join(''));
    if (!quantifier) return of;
    at += quantifier[0].length;
    const [, sign, least, comma, most] = quantifier;
    if (sign !== undefined) {
      return { kind: 'repeat', of, min: sign === '+' ? 1 : 0, max: sign === '?' ? 1 : Number.POSITIVE_INFINITY };
    }
    const min = Number(least);
    return { kind: 'repeat', of, min, max: most ? Number(most) : comma ? Number.POSITIVE_INFINITY : min };
  };

  const atom = (): RegexTree => {
    const char = chars[at++]!;
    if (char === '(') return group();
    if (char === '[') return set(characterClass());
    if (char === '.') return set(dot);
    if (char === '^' || char === '$') return EMPTY;
    if (char !== '\\') return set(only(char.codePointAt(0)!));
    if (skip('b') || skip('B')) return EMPTY;
    if (/[1-9]/.test(chars[at]!) || looking('k<')) {
      backreference = true;
      at++;
      return EMPTY;
    }
    return set(escaped());
  };

  const group = (): RegexTree => {
    const apart = skip('?=') || skip('?!') || skip('?<=') || skip('?<!');
    if (!apart && !skip('?:') && skip('?<')) at = chars.indexOf('>', at) + 1;
    const inner = choice();
    at++;
    if (!apart) return inner;
    trees.push(inner);
    return EMPTY;
  };

  const escaped = (): CodePoints => {
    const char = chars[at++]!;
    const known = CLASSES[char.toLowerCase()];
    if (known) return char === char.toLowerCase() ? known : complement(known);
    const hex = /^(?:x([0-9a-f]{2})|u([0-9a-f]{4})|u\{([0-9a-f]+)\})/i.exec(chars.slice(at - 1, at + 10).join(''));
    if (hex) {
      at += hex[0].length - 1;
      return only(Number.parseInt(hex[1] ?? hex[2] ?? hex[3]!, 16));
    }
    if (char === 'c') return only(chars[at++]!.codePointAt(0)! % 32);
    if ((char === 'p' || char === 'P') && looking('{')) {
      // A property of Unicode may be any characters: taking all of them errs on the side of refusing.
      at = chars.indexOf('}', at) + 1;
      return ANY;
    }
    return only(CONTROLS[char] ?? char.codePointAt(0)!);
  };

  const characterClass = (): CodePoints => {
    const not = skip('^');
    const points: number[] = [];
    while (!skip(']')) {
      const from = classMember();
      const range = looking('-') && chars[at + 1] !== ']' && from.length === 2 && from[0] === from[1];
      if (range) at++;
      const to = range ? classMember() : from;
      if (range && to.length === 2) points.push(from[0]!, to[1]!);
      else points.push(...from, ...(range ? [45, 45, ...to] : []));
    }
    return not ? complement(joined(points)) : joined(points);
  };

  const classMember = (): CodePoints => {
    const char = chars[at++]!;
    if (char !== '\\') return only(char.codePointAt(0)!);
    return skip('b') ? only(8) : escaped();
  };

  trees.push(choice());
  return { trees, backreference };
}

function only(point: number): CodePoints {
  return [point, point];
}

/** Whether two sets have a code point in common. */
export function overlap(a: CodePoints, b: CodePoints): boolean {
  for (let i = 0, j = 0; i < a.length && j < b.length; ) {
    if (a[i + 1]! < b[j]!) i += 2;
    else if (b[j + 1]! < a[i]!) j += 2;
    else return true;
  }
  return false;
}

function joined(points: readonly number[]): CodePoints {
  const pairs = Array.from({ length: points.length / 2 }, (_, i) => [points[2 * i]!, points[2 * i + 1]!] as const);
  const result: number[] = [];
  for (const [from, to] of pairs.sort((x, y) => x[0] - y[0])) {
    if (result.length > 0 && from <= result.at(-1)! + 1) result[result.length - 1] = Math.max(result.at(-1)!, to);
    else result.push(from, to);
  }
  return result;
}

function complement(points: CodePoints): CodePoints {
  const result: number[] = [];
  let from = 0;
  for (let i = 0; i < points.length; i += 2) {
    if (points[i]! > from) result.push(from, points[i]! - 1);
    from = points[i + 1]! + 1;
  }
  return from <= LAST ? [...result, from, LAST] : result;
}

/** With the other case of the ASCII letters; other letters have no effect on what is refused in practice. */
function bothCases(points: CodePoints): CodePoints {
  const result = [...points];
  for (let i = 0; i < points.length; i += 2) {
    const shifted = (low: number, high: number, by: number) => {
      const from = Math.max(points[i]!, low);
      const to = Math.min(points[i + 1]!, high);
      if (from <= to) result.push(from + by, to + by);
    };
    shifted(65, 90, 32);
    shifted(97, 122, -32);
  }
  return joined(result);
}
