import { type AssignedSplit, hush, type Row, type SourceContext, type SourceOutput, type SourceReader } from '#stage';
import { type Fetcher, fetcherOf } from '../http/fetcher.ts';
import { shownUrl } from '../http/shown.ts';
import type { TlsFiles } from '../sockets/tls.ts';
import { Exposition, milliseconds, type Sample } from './exposition.ts';
import { type Scraped, type ScrapeOptions, scrape } from './scrape.ts';

export interface ScrapeReaderOptions extends ScrapeOptions {
  readonly everyMs: number;
  readonly concurrency: number;
  readonly tls?: TlsFiles | undefined;
}

/** One target, which is one split. */
interface Target {
  readonly split: string;
  readonly url: string;
  /** What records say of where they come from, and errors of whom was asked. */
  readonly instance: string;
  readonly shown: string;
  order: number;
  isUp: boolean | undefined;
  /** Its scrape is under way, waits for its turn, or for the stream. */
  isBusy: boolean;
  cancel?: () => void;
}

/** An answer that waits for the stream. */
interface Round {
  readonly target: Target;
  readonly time: number;
  readonly seconds: number;
  readonly scraped: Scraped;
  exposition?: Exposition;
  given: number;
}

/** Lines that are read, and samples that are given, at a poll. */
const BATCH = 1000;

/**
 * Scrapes targets at fixed times, each at an offset of its own so that not all are asked at once. A target is not asked again
 * before its last answer has been taken, so there is no more in memory than one answer each.
 */
export class ScrapeReader implements SourceReader {
  readonly #context: SourceContext;
  readonly #o: ScrapeReaderOptions;
  readonly #closed = new AbortController();
  readonly #targets: Target[] = [];
  readonly #waiting: Target[] = [];
  readonly #rounds: Round[] = [];
  readonly #working = new Set<Promise<void>>();
  #fetcher: Fetcher | undefined;
  #isDraining = false;

  constructor(context: SourceContext, options: ScrapeReaderOptions) {
    this.#context = context;
    this.#o = options;
  }

  async open(splits: readonly AssignedSplit[]): Promise<void> {
    this.#fetcher = await fetcherOf(this.#o.tls);
    for (const { id, data, position } of splits) {
      const { url, at } = data as { url: string; at: number };
      const order = typeof position === 'number' ? position : 0;
      const place = { url, instance: new URL(url).host, shown: shownUrl(url) };
      const target: Target = { split: id, ...place, order, isUp: undefined, isBusy: false };
      this.#targets.push(target);
      if (at === 0) this.#due(target);
      else target.cancel = this.#context.after(at * this.#o.everyMs, () => this.#due(target));
    }
  }

  #due(target: Target): void {
    if (this.#isDraining) return;
    target.cancel = this.#context.after(this.#o.everyMs, () => this.#due(target));
    if (target.isBusy) {
      this.#context.log('warn', `${target.shown}: a scrape is left out: the one before is not done or not taken yet`);
      return;
    }
    target.isBusy = true;
    this.#waiting.push(target);
    this.#pump();
  }

  #pump(): void {
    while (this.#working.size < this.#o.concurrency) {
      const target = this.#isDraining ? undefined : this.#waiting.shift();
      if (target === undefined) return;
      const work: Promise<void> = this.#scrape(target)
        .catch((error) => this.#context.fail(error))
        .finally(() => {
          this.#working.delete(work);
          this.#pump();
          this.#context.wake();
        });
      this.#working.add(work);
      hush(work);
    }
  }

  async #scrape(target: Target): Promise<void> {
    const context = this.#context;
    const { signal } = this.#closed;
    const time = context.now();
    const scraped = await scrape(target.url, this.#o, this.#fetcher as Fetcher, { context, signal });
    if (signal.aborted) return;
    this.#rounds.push({ target, time, seconds: (context.now() - time) / 1000, scraped, given: 0 });
  }

  poll(out: SourceOutput): 'more' | 'wait' | 'end' {
    if (this.#targets.length === 0) return 'end';
    const round = this.#rounds[0];
    if (round !== undefined) {
      if (this.#give(round, out)) {
        this.#rounds.shift();
        round.target.isBusy = false;
      }
      return 'more';
    }
    return this.#isDraining && this.#working.size === 0 ? 'end' : 'wait';
  }

  /** A part of a round; all samples of an answer, or none. Gives whether it was the last part. */
  #give(round: Round, out: SourceOutput): boolean {
    const { target, scraped } = round;
    if ('failed' in scraped) {
      if (scraped.malformed) out.malformed(target.split, '', `${target.shown}: ${scraped.failed}`, target.order++);
      this.#end(round, out, 0, scraped.failed);
      return true;
    }
    round.exposition ??= new Exposition(scraped.text, scraped.format);
    const { exposition } = round;
    if (round.given === 0 && exposition.fault === undefined && !exposition.read(BATCH)) return false;
    if (exposition.fault !== undefined) {
      out.malformed(target.split, scraped.text.slice(0, BATCH), `${target.shown}: ${exposition.fault}`, target.order++);
      this.#end(round, out, 0, exposition.fault);
      return true;
    }
    const { samples } = exposition;
    const to = Math.min(samples.length, round.given + BATCH);
    for (let i = round.given; i < to; i++) this.#emit(round, out, samples[i] as Sample);
    round.given = to;
    if (to < samples.length) return false;
    this.#end(round, out, samples.length, undefined);
    return true;
  }

  #end(round: Round, out: SourceOutput, samples: number, failure: string | undefined): void {
    const { target } = round;
    const isUp = failure === undefined;
    if (!isUp && target.isUp !== false) this.#context.log('warn', `${target.shown}: ${failure}; it is asked again`);
    else if (isUp && target.isUp === false) this.#context.log('info', `${target.shown}: it is up again`);
    target.isUp = isUp;
    const own = { type: 'gauge', labels: {}, time: undefined, exemplar: undefined };
    this.#emit(round, out, { ...own, metric: 'up', value: isUp ? 1 : 0 });
    this.#emit(round, out, { ...own, metric: 'scrape_duration_seconds', value: round.seconds });
    this.#emit(round, out, { ...own, metric: 'scrape_samples_scraped', value: samples });
  }

  #emit({ target, time }: Round, out: SourceOutput, sample: Sample): void {
    const { metric, type, labels, value, exemplar } = sample;
    const row: Row = {
      metric,
      type,
      labels,
      // No record has NaN.
      value: Number.isNaN(value) ? null : value,
      time: sample.time ?? time,
      instance: target.instance,
      exemplar: exemplar === undefined ? null : exemplarOf(exemplar),
    };
    out.emit(target.split, row, target.order++, time);
  }

  positions(): Record<string, number> {
    return Object.fromEntries(this.#targets.map(({ split, order }) => [split, order]));
  }

  drain(): void {
    this.#isDraining = true;
    this.#stop();
    this.#context.wake();
  }

  #stop(): void {
    this.#waiting.length = 0;
    for (const { cancel } of this.#targets) cancel?.();
  }

  async close(): Promise<void> {
    this.#isDraining = true;
    this.#stop();
    this.#closed.abort();
    await Promise.all(this.#working);
    this.#fetcher?.close();
  }
}

function exemplarOf({ labels, value, timestamp }: NonNullable<Sample['exemplar']>): Row {
  const time = timestamp === undefined ? null : milliseconds(timestamp);
  return { labels, value: Number.isNaN(value) ? null : value, time };
}
