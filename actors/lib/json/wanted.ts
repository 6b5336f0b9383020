/** A name on the way to something wanted. */
export interface WantedName {
  readonly name: string;
  readonly bytes: Buffer;
  /** The place of its value among the wanted ones; −1 when only parts of the value are wanted. */
  slot: number;
  readonly below: WantedName[];
}

/**
 * The paths that a decoder reads, as a tree. A path that leads on from another wanted one has no place of its own: the
 * whole value is read once and the part taken from it.
 */
export class WantedPaths {
  readonly root: WantedName[] = [];
  readonly slots: (readonly string[])[] = [];

  constructor(paths: readonly (readonly string[])[]) {
    for (const path of [...paths].sort((a, b) => a.length - b.length)) this.#add(path);
  }

  #add(path: readonly string[]): void {
    let names = this.root;
    for (const [depth, name] of path.entries()) {
      let entry = names.find((known) => known.name === name);
      if (entry !== undefined && entry.slot >= 0) return;
      if (entry === undefined) {
        entry = { name, bytes: Buffer.from(name), slot: -1, below: [] };
        names.push(entry);
      }
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
