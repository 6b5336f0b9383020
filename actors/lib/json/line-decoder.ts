import { type At, CodeScope, type Decoder, type DecoderOutput } from '#stage';
import { type LayoutCode, layoutCode } from './layout-code.ts';
import { LineRows } from './line-rows.ts';
import { type EarlyTest, type Layout, LineScanner } from './line-scanner.ts';
import type { RecordCode } from './record-code.ts';
import { RUN_NAMES, runCode } from './run-code.ts';
import { skipValue, trimEnd } from './skip.ts';
import { TextCache } from './text-cache.ts';
import { acceptLine } from './whole-line.ts';

/** Layouts that are kept as code at a time, and the length of their code in all; one more displaces the oldest. */
const MAX_LAYOUTS = 4;
const MAX_CODE = 40_000;
/** Up to this length in all they read values in place. */
const MAX_INLINE = 30_000;
/** So many lines without a layout of their own make the next one a sample; each sample that teaches nothing doubles it. */
const PATIENCE = 4;
const MAX_PATIENCE = 1 << 20;
/** A line of its own is copied to where comparisons find at least so many bytes behind it. */
const ROOM = 1024;

type Run = (b: Buffer, view: DataView, p: number, end: number, base: number) => number;

/**
 * Decodes lines of JSON of which only some values are wanted. The layout of lines seen (their keys, order and blanks) is
 * compiled into code that expects the next line to be alike; a line that is not goes through the general scan. Either way
 * gives the same.
 */
export class LineDecoder implements Decoder {
  readonly #record: RecordCode;
  readonly #scanner: LineScanner;
  readonly #rows = new LineRows();
  readonly #out: DecoderOutput;
  readonly #at: At = { time: Number.NaN, order: 0, key: null };
  /** Shared with the compiled code: see {@link runCode}. */
  readonly #state = { patience: PATIENCE, line: -1, end: 0, skipped: 0 };
  readonly #layouts: LayoutPair[] = [];
  /** One for each wanted value. */
  readonly #texts: readonly TextCache[];
  #patience = PATIENCE;
  #run: Run;
  #view: DataView = new DataView(new ArrayBuffer(0));
  #scratch = Buffer.alloc(0);

  constructor(record: RecordCode, out: DecoderOutput) {
    this.#record = record;
    this.#out = out;
    this.#scanner = new LineScanner(record.wanted, this.#test());
    this.#texts = record.wanted.slots.map(() => new TextCache());
    this.#run = this.#compile();
  }

  decode(b: Buffer, start: number, end: number, order: number, last: boolean): number {
    let p = this.#lines(b, start, end, order - start);
    if (last && p < end) {
      // A copy gives the last line its delimiter, and room behind it for the comparisons.
      const length = end - p;
      if (this.#scratch.length < length + ROOM) this.#scratch = Buffer.alloc(2 * length + ROOM);
      b.copy(this.#scratch, 0, p, end);
      this.#scratch[length] = 10;
      this.#lines(this.#scratch, 0, length + 1, order + p - start);
      p = end;
    }
    if (this.#state.skipped > 0) this.#out.skipped(this.#state.skipped);
    this.#state.skipped = 0;
    return p;
  }

  #lines(b: Buffer, p: number, end: number, base: number): number {
    this.#rows.begin();
    const held = this.#view;
    if (held.buffer !== b.buffer || held.byteOffset !== b.byteOffset || held.byteLength !== b.length) {
      this.#view = new DataView(b.buffer, b.byteOffset, b.length);
    }
    for (;;) {
      p = this.#run(b, this.#view, p, end, base);
      if (this.#state.line < 0) return p;
      this.#learn(b.subarray(this.#state.line, this.#state.end));
      this.#state.line = -1;
      this.#state.patience = this.#patience;
    }
  }

  /** Takes the line that was last in need of the general scan for a sample. */
  #learn(line: Buffer): void {
    const { wanted, testSlots } = this.#record;
    const layout = this.#scanner.layout(line, 0, line.length);
    const made = layout && layoutPair(line, layout, wanted.slots.length, testSlots ?? []);
    if (made === undefined || this.#layouts.some((known) => sameCode(known.inline, made.inline))) {
      this.#patience = Math.min(this.#patience * 2, MAX_PATIENCE);
      return;
    }
    this.#layouts.push(made);
    while (this.#layouts.length > MAX_LAYOUTS || totalLength(this.#layouts.map((each) => each.calls)) > MAX_CODE) {
      this.#layouts.shift();
      this.#patience = Math.min(this.#patience * 2, MAX_PATIENCE);
    }
    this.#run = this.#compile();
  }

  #compile(): Run {
    const record = this.#record;
    const scope = new CodeScope();
    const values: Record<(typeof RUN_NAMES)[number], unknown> = {
      at: this.#at,
      out: this.#out,
      reader: this.#scanner.reader,
      rest: (b: Buffer, p: number, e: number, order: number) => acceptLine(this.#out, this.#rows, b, p, e, order),
      rows: this.#rows,
      scanner: this.#scanner,
      skipValue,
      state: this.#state,
      trimEnd,
    };
    const named = RUN_NAMES.map((name) => `const ${name} = ${scope.constant(values[name])};`);
    const texts = this.#texts.map((text, slot) => `const text${slot} = ${scope.constant(text)};`);
    const inline = this.#layouts.map((each) => each.inline);
    const body = runCode({
      slots: record.wanted.slots.length,
      layouts: totalLength(inline) <= MAX_INLINE ? inline : this.#layouts.map((each) => each.calls),
      condition: record.testSlots && record.condition(scope),
      time: record.time(scope),
      row: record.row(scope),
    });
    return scope.build<Run>(['b', 'view', 'p', 'end', 'base'], `${[...named, ...texts].join(' ')}${body}`);
  }

  /** The filter for the general scan, which knows the values by their slots. */
  #test(): EarlyTest | undefined {
    const { testSlots, wanted } = this.#record;
    if (testSlots === undefined) return undefined;
    const scope = new CodeScope();
    const at = scope.constant(this.#at);
    const values = wanted.slots.map((_, i) => `v${i} = v[${i}]`).join(', ');
    const declared = values === '' ? '' : `const ${values};`;
    const body = `const at = ${at}; ${declared} return ${this.#record.condition(scope)} ? true : false;`;
    return { slots: testSlots, keeps: scope.build<EarlyTest['keeps']>(['v'], body) };
  }
}

/** A layout's code in its two forms: values read in place, and by calls. */
interface LayoutPair {
  readonly inline: LayoutCode;
  readonly calls: LayoutCode;
}

function layoutPair(line: Buffer, layout: Layout, slots: number, testSlots: readonly number[]): LayoutPair {
  return {
    inline: layoutCode(line, layout, slots, testSlots, true),
    calls: layoutCode(line, layout, slots, testSlots, false),
  };
}

function totalLength(layouts: readonly LayoutCode[]): number {
  return layouts.reduce((sum, { before, after }) => sum + before.length + after.length, 0);
}

function sameCode(a: LayoutCode, b: LayoutCode): boolean {
  return a.before === b.before && a.after === b.after;
}
