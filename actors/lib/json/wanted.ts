/** A name on the way to something wanted. */
export interface WantedName {
  readonly name: string;
  readonly bytes: Buffer;
  /** The place of its value among the wanted ones; −1 when only parts of the value are wanted. */
  slot: number;
  readonly below: WantedNames;
}

/** The wanted names of one object, found by their bytes. */
export class WantedNames {
  readonly all: WantedName[] = [];
  #table: WantedName[][] = [[]];

  add(name: string): WantedName {
    const made: WantedName = { name, bytes: Buffer.from(name), slot: -1, below: new WantedNames() };
    this.all.push(made);
    this.#table = Array.from({ length: 2 ** Math.ceil(Math.log2(2 * this.all.length)) }, () => []);
    for (const each of this.all) this.#bucket(each.bytes, 0, each.bytes.length).push(each);
    return made;
  }

  /** The name that stands in b[s, e). */
  find(b: Buffer, s: number, e: number): WantedName | undefined {
    for (const name of this.#bucket(b, s, e)) {
      const { bytes } = name;
      if (bytes.length !== e - s) continue;
      let k = 0;
      while (k < bytes.length && bytes[k] === b[s + k]) k++;
      if (k === bytes.length) return name;
    }
    return undefined;
  }

  /** FNV-1a of the bytes. */
  #bucket(b: Buffer, s: number, e: number): WantedName[] {
    let h = 0x811c9dc5;
    for (let p = s; p < e; p++) h = Math.imul(h ^ b[p]!, 0x01000193);
    return this.#table[(h ^ (h >>> 15)) & (this.#table.length - 1)]!;
  }
}

/**
 * The paths that a decoder reads, as a tree. A path that leads on from another wanted one has no place of its own: the
 * whole value is read once and the part taken from it.
 */
export class WantedPaths {
  readonly root = new WantedNames();
  readonly slots: (readonly string[])[] = [];

  constructor(paths: readonly (readonly string[])[]) {
    for (const path of [...paths].sort((a, b) => a.length - b.length)) this.#add(path);
  }

  #add(path: readonly string[]): void {
    let names = this.root;
    for (const [depth, name] of path.entries()) {
      let entry = names.all.find((known) => known.name === name);
      if (entry !== undefined && entry.slot >= 0) return;
      entry ??= names.add(name);
      if (depth === path.length - 1) entry.slot = this.slots.push(path) - 1;
      names = entry.below;
    }
  }

  /** The place of the value at exactly this path; −1 when there is none. */
  slotOf(path: readonly string[]): number {
    return this.slots.findIndex((slot) => slot.length === path.length && slot.every((name, i) => path[i] === name));
  }

  /** The place of the value that `path` is, or is a part of. */
  slotHolding(path: readonly string[]): number {
    return this.slots.findIndex((slot) => slot.every((name, i) => path[i] === name));
  }
}
