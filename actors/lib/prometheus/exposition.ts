import { messageOf } from '#stage';
import { type Exemplar, LineFault, SampleScanner, shortened } from './sample-line.ts';

/** A sample of what a target exposes. */
export interface Sample {
  readonly metric: string;
  /** What the family of the sample is, `unknown` where it is not said. */
  readonly type: string;
  readonly labels: Record<string, string>;
  readonly value: number;
  /** The sample's own time in milliseconds, if it has one. */
  readonly time: number | undefined;
  readonly exemplar: Exemplar | undefined;
}

export type Format = 'text' | 'openmetrics';

const TYPES: Record<Format, ReadonlySet<string>> = {
  text: new Set(['counter', 'gauge', 'histogram', 'summary', 'untyped']),
  openmetrics: new Set(['counter', 'gauge', 'histogram', 'gaugehistogram', 'summary', 'info', 'stateset', 'unknown']),
};

/** Ends of the names of samples, and the types of families that have such. */
const SUFFIXES: readonly (readonly [string, readonly string[]])[] = [
  ['_bucket', ['histogram', 'gaugehistogram']],
  ['_count', ['histogram', 'summary']],
  ['_sum', ['histogram', 'summary']],
  ['_gcount', ['gaugehistogram']],
  ['_gsum', ['gaugehistogram']],
  ['_total', ['counter']],
  ['_info', ['info']],
  ['_created', ['counter', 'histogram', 'summary']],
];

/** The format that an answer says it is in. */
export function formatOf(contentType: string | null): Format {
  return /^\s*application\/openmetrics-text\b/i.test(contentType ?? '') ? 'openmetrics' : 'text';
}

/**
 * Takes an exposition apart, some lines at a time: text format 0.0.4 or OpenMetrics 1.0. What is refused is what breaks the
 * rules of single lines; that buckets grow, or that families stand together, is not asked.
 */
export class Exposition {
  readonly samples: Sample[] = [];
  readonly #text: string;
  readonly #isOpen: boolean;
  readonly #scanner: SampleScanner;
  readonly #types = new Map<string, string>();
  #at = 0;
  #line = 0;
  #hasEnded = false;
  /** What is wrong, with the line that it is in. */
  fault: string | undefined;

  constructor(text: string, format: Format) {
    this.#text = text;
    this.#isOpen = format === 'openmetrics';
    this.#scanner = new SampleScanner(this.#isOpen);
  }

  /** Reads on by so many lines. Gives whether it is at its end, or at a fault. */
  read(lines: number): boolean {
    for (let i = 0; i < lines; i++) {
      if (this.#at >= this.#text.length) {
        if (this.#isOpen && !this.#hasEnded) this.fault = 'it does not end with # EOF';
        return true;
      }
      const end = this.#text.indexOf('\n', this.#at);
      const line = this.#text.slice(this.#at, end < 0 ? undefined : end);
      this.#at = end < 0 ? this.#text.length : end + 1;
      this.#line++;
      try {
        this.#take(line);
      } catch (error) {
        if (!(error instanceof LineFault)) throw error;
        this.fault = `line ${this.#line}: ${messageOf(error)}: '${shortened(line)}'`;
        return true;
      }
    }
    return false;
  }

  #take(whole: string): void {
    if (this.#hasEnded) throw new LineFault('there is more behind # EOF');
    const line = this.#isOpen ? whole : whole.trim();
    if (line.startsWith('#')) this.#comment(line);
    else if (line !== '') this.#sample(line);
    else if (this.#isOpen) throw new LineFault('an empty line');
  }

  #comment(line: string): void {
    if (this.#isOpen && line === '# EOF') {
      this.#hasEnded = true;
      return;
    }
    const found = /^#[ \t]+(TYPE|HELP|UNIT)[ \t]+(?:([^\s"]+)|"((?:[^"\\]|\\.)*)")(?:[ \t]+(.*))?$/.exec(line);
    if (this.#isOpen && (found === null || (found[1] !== 'HELP' && found[4] === undefined))) {
      throw new LineFault('no TYPE, HELP, UNIT or EOF');
    }
    if (found?.[1] !== 'TYPE') return;
    const [, , plain, quoted, rest = ''] = found;
    const type = rest.trim();
    if (!TYPES[this.#isOpen ? 'openmetrics' : 'text'].has(type)) {
      throw new LineFault(`no type of a metric: '${shortened(type)}'`);
    }
    this.#types.set(plain ?? (quoted as string), type === 'untyped' ? 'unknown' : type);
  }

  #sample(line: string): void {
    const { name, labels, value, timestamp, exemplar } = this.#scanner.scan(line);
    const time = timestamp === undefined ? undefined : this.#isOpen ? milliseconds(timestamp) : timestamp;
    this.samples.push({ metric: name, type: this.#typeOf(name), labels, value, time, exemplar });
  }

  #typeOf(name: string): string {
    const own = this.#types.get(name);
    if (own !== undefined) return own;
    const at = name.lastIndexOf('_');
    const types = SUFFIXES.find(([suffix]) => at > 0 && suffix === name.slice(at))?.[1];
    const type = types === undefined ? undefined : this.#types.get(name.slice(0, at));
    return type !== undefined && types?.includes(type) ? type : 'unknown';
  }
}

/** Of seconds, to the microsecond: what lies beneath is what the binary fraction adds. */
export function milliseconds(seconds: number): number {
  return Math.round(seconds * 1e6) / 1e3;
}
