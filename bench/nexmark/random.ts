/**
 * A small fast generator of random numbers (sfc32, 128 bits of state) that starts anew for every event, from the
 * run's seed and the event's number. So every event can be made alone, in any order and on any thread.
 */
export class Random {
  #a = 0;
  #b = 0;
  #c = 0;
  #counter = 1;

  /** Starts the sequence that belongs to this seed and this number (both whole, up to 2^53). */
  seed(seed: number, number: number): void {
    this.#a = seed | 0;
    this.#b = number | 0;
    this.#c = (Math.floor(seed / 2 ** 32) ^ Math.imul(Math.floor(number / 2 ** 32), 0x9e3779b1)) | 0;
    this.#counter = 1;
    for (let round = 0; round < 12; round++) this.bits();
  }

  /** 32 random bits, as a whole number from 0 to 2^32 - 1. */
  bits(): number {
    const sum = (this.#a + this.#b + this.#counter) | 0;
    this.#counter = (this.#counter + 1) | 0;
    this.#a = this.#b ^ (this.#b >>> 9);
    this.#b = (this.#c + (this.#c << 3)) | 0;
    this.#c = (((this.#c << 21) | (this.#c >>> 11)) + sum) | 0;
    return sum >>> 0;
  }

  /** Uniform in [0, 1). */
  unit(): number {
    return this.bits() / 2 ** 32;
  }

  /** A whole number from 0 to `limit` - 1; `limit` at most 2^32. */
  below(limit: number): number {
    return Math.floor(this.unit() * limit);
  }

  /** Writes `length` random letters a-z at `at`; returns the end. */
  letters(out: Uint8Array, at: number, length: number): number {
    const end = at + length;
    let pool = 0;
    for (let left = 0; at < end; left--) {
      if (left === 0) {
        pool = this.bits();
        left = 6; // 26^6 still fits 32 bits
      }
      const rest = Math.floor(pool / 26);
      out[at++] = 97 + pool - rest * 26;
      pool = rest;
    }
    return end;
  }

  /** 3 to `limit` - 1 letters; inside, about one in 13 is the separator. */
  text(limit: number, separator: string): string {
    const length = 3 + this.below(limit - 3);
    let text = '';
    for (let i = 0; i < length; i++) {
      const inside = i > 0 && i < length - 1;
      text += inside && this.below(13) === 0 ? separator : String.fromCharCode(97 + this.below(26));
    }
    return text;
  }
}
