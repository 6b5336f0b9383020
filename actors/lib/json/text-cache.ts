import type { SliceBuffer } from './value-reader.ts';

const SLOTS = 512;
const LONGEST = 32;
/** After so many texts it is clear whether they come again. */
const TRIAL = 2048;

/**
 * Texts of one field that come again and again, such as levels, hosts and names of channels: to find one again takes a
 * sixth of the time of making it anew, and all records share it. Switches itself off where texts seldom repeat.
 */
export class TextCache {
  readonly #texts: string[] = Array.from({ length: SLOTS }, () => '');
  readonly #lengths = new Uint8Array(SLOTS);
  readonly #bytes = new DataView(new ArrayBuffer(SLOTS * LONGEST));
  #isOn = true;
  #tries = 0;
  #hits = 0;

  /** The ASCII text b[s, e); `view` is of the same bytes. */
  get(b: SliceBuffer, view: DataView, s: number, e: number): string {
    const length = e - s;
    if (!this.#isOn || length < 4 || length > LONGEST) return b.latin1Slice(s, e);
    const ends = view.getInt32(s, true) ^ Math.imul(view.getInt32(e - 4, true) ^ length, 0x9e3779b1);
    const slot = Math.imul(ends ^ (ends >>> 15), 0x85ebca6b) >>> 23;
    this.#tries++;
    if (this.#lengths[slot] === length && this.#isSame(view, s, length, slot * LONGEST)) {
      this.#hits++;
      return this.#texts[slot]!;
    }
    return this.#keep(b, s, e, slot);
  }

  #isSame(view: DataView, s: number, length: number, at: number): boolean {
    const last = length - 4;
    for (let i = 0; i < last; i += 4) {
      if (view.getInt32(s + i, true) !== this.#bytes.getInt32(at + i, true)) return false;
    }
    return view.getInt32(s + last, true) === this.#bytes.getInt32(at + last, true);
  }

  #keep(b: SliceBuffer, s: number, e: number, slot: number): string {
    const text = b.latin1Slice(s, e);
    this.#texts[slot] = text;
    this.#lengths[slot] = e - s;
    for (let i = s, at = slot * LONGEST; i < e; i++) this.#bytes.setUint8(at++, b[i]!);
    if (this.#tries >= TRIAL) {
      this.#isOn = this.#hits * 2 > this.#tries;
      this.#tries = 0;
      this.#hits = 0;
    }
    return text;
  }
}
