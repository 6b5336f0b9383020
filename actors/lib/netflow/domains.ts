const WRAP = 2 ** 32;
/** Backward by less is a datagram that was overtaken; by more, or so often one after the other, an exporter that began anew. */
const OVERTAKEN = 10_000;
const OVERTAKEN_TIMES = 8;
/** Samplers of a domain. */
const MOST_SAMPLERS = 256;

/** What is known of one observation domain of an exporter. */
export class DomainState {
  #expected: number | undefined;
  /** By the number of a sampler or selector, 0 for what has none: one of so many packets was looked at. */
  readonly samplings = new Map<number, number>();
  #overtaken = 0;
  /** When the exporter's clock of uptimes was at zero, where it has said so. */
  bootMs: number | undefined;

  sampled(id: number, n: number): void {
    this.samplings.delete(id);
    this.samplings.set(id, n);
    for (const [oldest] of this.samplings) {
      if (this.samplings.size <= MOST_SAMPLERS) break;
      this.samplings.delete(oldest);
    }
  }

  /**
   * How many were lost before what is numbered `sequence`; `count` is how far the number goes on with it, undefined where that
   * is not known.
   */
  lostBefore(sequence: number, count: number | undefined): number {
    const expected = this.#expected;
    const ahead = expected === undefined ? 0 : (sequence - expected + WRAP) % WRAP;
    this.#overtaken = ahead >= WRAP - OVERTAKEN ? this.#overtaken + 1 : 0;
    const isOvertaken = this.#overtaken > 0 && this.#overtaken < OVERTAKEN_TIMES;
    if (count === undefined) this.#expected = undefined;
    else if (!isOvertaken) this.#expected = (sequence + count) % WRAP;
    return ahead < WRAP / 2 ? ahead : 0;
  }
}

/** The domains of all exporters, as many as there may be; then the one that was silent for longest is forgotten. */
export class Domains {
  readonly #most: number;
  readonly #all = new Map<string, DomainState>();

  constructor(most: number) {
    this.#most = most;
  }

  of(domain: string): DomainState {
    const state = this.#all.get(domain) ?? new DomainState();
    this.#all.delete(domain);
    this.#all.set(domain, state);
    for (const [oldest] of this.#all) {
      if (this.#all.size <= this.#most) break;
      this.#all.delete(oldest);
    }
    return state;
  }

  snapshot(): [string, [number, number][]][] {
    return [...this.#all].map(([domain, { samplings }]) => [domain, [...samplings]]);
  }

  restore(all: readonly (readonly [string, readonly (readonly [number, number])[]])[]): void {
    for (const [domain, samplings] of all) {
      for (const [id, n] of samplings) this.of(domain).sampled(id, n);
    }
  }
}
