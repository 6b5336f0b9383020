import { endOf, hashAt, replaces, sameKey, versionAt } from './frame.ts';

/**
 * The latest frame of each key, in files that are held as they were read: an open-addressing index over the bytes of the keys.
 * Texts and objects for each key would be many times the work of all the rest, and for millions of them most of the memory.
 */
export class Latest {
  readonly #files: Buffer[] = [];
  /** By entry: its file and where in it the frame begins. */
  #fileOf = new Int32Array(1024);
  #at = new Float64Array(1024);
  /** Entries by the hash of their keys, from 1; 0 is free. At least half of them are. */
  #slots = new Int32Array(4096);
  /** 32 less the bits of a slot's number. */
  #shift = 20;
  #size = 0;

  /** Takes the frames of a file: of two versions that are equal else, the one added later counts. */
  add(file: Buffer): void {
    const index = this.#files.push(file) - 1;
    for (let at = 0; at < file.length; at = endOf(file, at)) this.#put(index, file, at);
  }

  /** In the order in which the keys were first met. */
  *frames(): Generator<{ file: Buffer; at: number }> {
    for (let i = 0; i < this.#size; i++) yield { file: this.#fileAt(i), at: this.#at[i] as number };
  }

  #fileAt(entry: number): Buffer {
    return this.#files[this.#fileOf[entry] as number] as Buffer;
  }

  #put(index: number, file: Buffer, at: number): void {
    const mask = this.#slots.length - 1;
    for (let slot = this.#slotOf(file, at); ; slot = (slot + 1) & mask) {
      const entry = (this.#slots[slot] as number) - 1;
      if (entry === -1) {
        this.#slots[slot] = this.#append(index, at) + 1;
        if (this.#size * 2 > this.#slots.length) this.#rehash();
        return;
      }
      const known = this.#fileAt(entry);
      const knownAt = this.#at[entry] as number;
      if (!sameKey(known, knownAt, file, at)) continue;
      if (replaces(versionAt(file, at), versionAt(known, knownAt))) {
        this.#fileOf[entry] = index;
        this.#at[entry] = at;
      }
      return;
    }
  }

  /** By the upper bits: all keys of a bucket may have the lower ones in common. */
  #slotOf(file: Buffer, at: number): number {
    return Math.imul(hashAt(file, at), 0x9e3779b1) >>> this.#shift;
  }

  #append(index: number, at: number): number {
    if (this.#size === this.#at.length) {
      const files = new Int32Array(this.#size * 2);
      files.set(this.#fileOf);
      this.#fileOf = files;
      const places = new Float64Array(this.#size * 2);
      places.set(this.#at);
      this.#at = places;
    }
    this.#fileOf[this.#size] = index;
    this.#at[this.#size] = at;
    return this.#size++;
  }

  #rehash(): void {
    this.#slots = new Int32Array(this.#slots.length * 4);
    this.#shift -= 2;
    const mask = this.#slots.length - 1;
    for (let entry = 0; entry < this.#size; entry++) {
      let slot = this.#slotOf(this.#fileAt(entry), this.#at[entry] as number);
      while (this.#slots[slot] !== 0) slot = (slot + 1) & mask;
      this.#slots[slot] = entry + 1;
    }
  }
}
