import { sized } from './sized.ts';

/** What a user or an item is named by. */
export type Id = string | number;

/** Ids in the order of their last use, the latest first, with their slots; and how many there were ever. */
export interface SavedIds {
  ids: [Id, number][];
  begun: number;
}

const NONE = -1;

const isId = (id: unknown) => typeof id === 'string' || typeof id === 'number';

/** Gives ids small numbers, their slots. When there are `most` of them, the least recently used one gives its slot to the next. O(1). */
export class IdTable {
  readonly most: number;
  /** By slot. */
  readonly ids: Id[] = [];
  /** Ids that ever got a slot. */
  begun = 0;
  readonly #slots = new Map<Id, number>();
  /** By slot: the one used after it, and before it. */
  #newer: Int32Array;
  #older: Int32Array;
  #newest = NONE;
  #oldest = NONE;

  constructor(most: number, saved?: SavedIds) {
    this.most = most;
    const room = Math.max(16, saved?.ids.length ?? 0);
    this.#newer = new Int32Array(room);
    this.#older = new Int32Array(room);
    if (saved === undefined) return;
    // In that order each slot is below the number of them, so none is twice where there are as many.
    const sound = new Set(saved.ids.filter(([id]) => isId(id)).map(([, slot]) => slot));
    sized(
      [...sound].filter((slot) => slot >= 0 && slot < saved.ids.length && Number.isInteger(slot)),
      saved.ids.length,
      'places of ids',
    );
    sized([...new Set(saved.ids.map(([id]) => id))], saved.ids.length, 'ids');
    for (const [id, slot] of saved.ids.toReversed()) {
      this.#slots.set(id, slot);
      this.ids[slot] = id;
      this.#link(slot);
    }
    this.begun = saved.begun;
  }

  /** −1 for one that has no slot. */
  find(id: Id): number {
    return this.#slots.get(id) ?? NONE;
  }

  /** The slot is used now. */
  touch(slot: number): void {
    if (slot === this.#newest) return;
    this.#unlink(slot);
    this.#link(slot);
  }

  /** A slot for an id that has none. Whatever stood there before is to be overwritten. */
  begin(id: Id): number {
    let slot = this.ids.length;
    if (slot >= this.most) {
      slot = this.#oldest;
      this.#slots.delete(this.ids[slot] as Id);
      this.#unlink(slot);
    } else if (slot === this.#newer.length) {
      const [newer, older] = [this.#newer, this.#older];
      this.#newer = new Int32Array(2 * slot);
      this.#older = new Int32Array(2 * slot);
      this.#newer.set(newer);
      this.#older.set(older);
    }
    this.ids[slot] = id;
    this.#slots.set(id, slot);
    this.#link(slot);
    this.begun++;
    return slot;
  }

  #link(slot: number): void {
    this.#older[slot] = this.#newest;
    this.#newer[slot] = NONE;
    if (this.#newest === NONE) this.#oldest = slot;
    else this.#newer[this.#newest] = slot;
    this.#newest = slot;
  }

  #unlink(slot: number): void {
    const newer = this.#newer[slot] as number;
    const older = this.#older[slot] as number;
    if (newer === NONE) this.#newest = older;
    else this.#older[newer] = older;
    if (older === NONE) this.#oldest = newer;
    else this.#newer[older] = newer;
  }

  save(): SavedIds {
    const ids: SavedIds['ids'] = [];
    for (let slot = this.#newest; slot !== NONE; slot = this.#older[slot] as number) {
      ids.push([this.ids[slot] as Id, slot]);
    }
    return { ids, begun: this.begun };
  }
}
