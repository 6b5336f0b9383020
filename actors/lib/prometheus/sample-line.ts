/** A sample as it is written. */
export interface SampleLine {
  readonly name: string;
  readonly labels: Record<string, string>;
  readonly value: number;
  /** As it is written: milliseconds, or seconds in OpenMetrics. */
  readonly timestamp: number | undefined;
  readonly exemplar: Exemplar | undefined;
}

export interface Exemplar {
  readonly labels: Record<string, string>;
  readonly value: number;
  readonly timestamp: number | undefined;
}

/** What is wrong with a line. */
export class LineFault extends Error {}

const NAME = /[a-zA-Z_:][a-zA-Z0-9_:]*/y;
const LABEL = /[a-zA-Z_][a-zA-Z0-9_]*/y;
const WORD = /[^ \t]+/y;
const BLANKS = /[ \t]*/y;
const FLOAT = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?$/i;
const INFINITE = /^([+-]?)inf(?:inity)?$/i;
const NONE = /^[+-]?nan$/i;
const EXEMPLAR_LABELS = 128;

/** A number as both formats write it. Throws {@link LineFault}. */
export function numberOf(word: string, what: string): number {
  if (FLOAT.test(word)) return Number(word);
  const infinite = INFINITE.exec(word);
  if (infinite !== null) return infinite[1] === '-' ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
  if (NONE.test(word)) return Number.NaN;
  throw new LineFault(`${what} is none: '${shortened(word)}'`);
}

/** Text as an error shows it. */
export function shortened(text: string): string {
  return text.length <= 60 ? text : `${text.slice(0, 60)}…`;
}

/** Takes the lines of samples apart, from left to right. In OpenMetrics there is one space between two parts. */
export class SampleScanner {
  readonly #isOpen: boolean;
  #line = '';
  #at = 0;

  constructor(isOpen: boolean) {
    this.#isOpen = isOpen;
  }

  /** Throws {@link LineFault}. */
  scan(line: string): SampleLine {
    this.#line = line;
    this.#at = 0;
    let name = this.#match(NAME);
    this.#inBraces();
    let labels: Record<string, string> = {};
    if (this.#next() === '{') {
      const braces = this.#labels(name === undefined);
      name ??= braces.name;
      labels = braces.labels;
      this.#between(false);
    } else if (name !== undefined) this.#between(true);
    if (name === undefined) throw new LineFault('a sample begins with its name');
    const value = numberOf(this.#word('value'), 'the value');
    let timestamp: number | undefined;
    this.#gap();
    if (this.#at < line.length && this.#next() !== '#') {
      timestamp = this.#timestamp();
      this.#gap();
    }
    const exemplar = this.#isOpen && this.#next() === '#' ? this.#exemplar() : undefined;
    if (this.#at < line.length) throw new LineFault(`more than a sample: '${shortened(line.slice(this.#at))}'`);
    return { name, labels, value, timestamp, exemplar };
  }

  #next(): string | undefined {
    return this.#line[this.#at];
  }

  #match(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.#line)?.[0];
    if (found !== undefined) this.#at += found.length;
    return found;
  }

  /** Blanks, where the format takes any. */
  #inBraces(): void {
    if (!this.#isOpen) this.#match(BLANKS);
  }

  /** Between the name and the value. */
  #between(isNeeded: boolean): void {
    if (this.#isOpen) {
      if (this.#next() !== ' ') throw new LineFault('a space is missing before the value');
      this.#at++;
      return;
    }
    const before = this.#line[this.#at - 1];
    this.#match(BLANKS);
    if (isNeeded && before !== ' ' && before !== '\t') throw new LineFault('no such name, or a blank is missing');
  }

  /** What may stand before a part that need not be there. */
  #gap(): void {
    if (!this.#isOpen) {
      this.#match(BLANKS);
      return;
    }
    if (this.#at >= this.#line.length) return;
    if (this.#next() !== ' ') throw new LineFault('a space is missing');
    this.#at++;
    if (this.#at >= this.#line.length) throw new LineFault('a space at its end');
  }

  #word(what: string): string {
    const word = this.#match(WORD);
    if (word === undefined) throw new LineFault(`there is no ${what}`);
    return word;
  }

  #timestamp(): number {
    const word = this.#word('timestamp');
    if (!this.#isOpen && !/^-?\d+$/.test(word)) {
      throw new LineFault(`the timestamp is no whole number of milliseconds: '${shortened(word)}'`);
    }
    const time = numberOf(word, 'the timestamp');
    if (!Number.isFinite(time)) throw new LineFault(`the timestamp is none: '${shortened(word)}'`);
    return time;
  }

  /** Labels in braces; `mayName`: the first may be a quoted text alone, which is the name of the metric. */
  #labels(mayName: boolean): { name: string | undefined; labels: Record<string, string> } {
    const labels: Record<string, string> = {};
    let name: string | undefined;
    this.#at++;
    for (let i = 0; ; i++) {
      this.#inBraces();
      if (this.#next() === '}') {
        this.#at++;
        return { name, labels };
      }
      const isQuoted = this.#next() === '"';
      const label = isQuoted ? this.#quoted() : this.#match(LABEL);
      if (label === undefined) throw new LineFault('no name of a label, or the braces do not end');
      this.#inBraces();
      if (this.#next() === '=') {
        this.#at++;
        this.#inBraces();
        if (this.#next() !== '"') throw new LineFault(`the value of label ${shortened(label)} is not in quotes`);
        if (label === '__proto__' || label === '') throw new LineFault('no label can be called so');
        if (Object.hasOwn(labels, label)) throw new LineFault(`label ${shortened(label)} stands there twice`);
        labels[label] = this.#quoted();
      } else if (isQuoted && mayName && i === 0 && label !== '') name = label;
      else throw new LineFault(`label ${shortened(label)} has no value`);
      this.#inBraces();
      if (this.#next() === ',') this.#at++;
      else if (this.#next() !== '}') throw new LineFault('no comma between two labels, or the braces do not end');
    }
  }

  #quoted(): string {
    const line = this.#line;
    const start = this.#at + 1;
    for (let at = start; at < line.length; at++) {
      const code = line.charCodeAt(at);
      if (code === 0x5c) at++;
      else if (code === 0x22) {
        this.#at = at + 1;
        const text = line.slice(start, at);
        return text.includes('\\') ? unescaped(text) : text;
      }
    }
    throw new LineFault('a quote does not end');
  }

  #exemplar(): Exemplar {
    this.#at++;
    this.#gap();
    if (this.#next() !== '{') throw new LineFault('an exemplar begins with its labels');
    const { labels } = this.#labels(false);
    const length = Object.entries(labels).reduce((sum, [key, value]) => sum + [...key].length + [...value].length, 0);
    if (length > EXEMPLAR_LABELS)
      throw new LineFault(`the labels of an exemplar have more than ${EXEMPLAR_LABELS} characters`);
    this.#between(false);
    const value = numberOf(this.#word('value of the exemplar'), 'the value of the exemplar');
    this.#gap();
    const timestamp = this.#at < this.#line.length ? this.#timestamp() : undefined;
    return { labels, value, timestamp };
  }
}

/** Both formats know three escapes; any other backslash stands for itself. */
export function unescaped(text: string): string {
  return text.replace(/\\([\\n"])/g, (_, letter: string) => (letter === 'n' ? '\n' : letter));
}
