import { grown } from './feature-row.ts';
import { sized } from './sized.ts';
import { mostSlots, roomFor, widened } from './weights.ts';

/** Numbers by slots and classes, so many for each pair, with room for more of both. Slot 0 may be a constant's. */
export class ClassTable {
  flat: Float64Array;
  /** Slots and classes there are. There are no more slots than {@link mostSlots} says. */
  slots = 1;
  classes = 2;
  /** Classes that there is room for: from one slot to the next it is so many times `per` numbers. */
  width = 2;
  readonly #per: number;
  /** Slots that there is room for. */
  #room = 8;

  constructor(per: number) {
    this.#per = per;
    this.flat = new Float64Array(this.#room * this.width * per);
  }

  /** Makes room. What is known stays. O(1) on average. */
  reserve(wanted: number, classes: number): void {
    const per = this.#per;
    if (classes > this.classes) this.classes = classes;
    const width = roomFor(this.classes, this.width);
    const most = mostSlots(this.classes);
    const slots = Math.min(wanted, most);
    this.slots = Math.min(this.slots, most);
    if (width > this.width) {
      this.#room = Math.min(this.#room, most);
      this.flat = widened(this.flat, this.width * per, width * per, 0, this.#room);
      this.width = width;
    }
    if (slots > this.#room) {
      const room = Math.min(Math.max(slots, 2 * this.#room), most);
      this.flat = grown(this.flat, new Float64Array(room * width * per));
      this.#room = room;
    }
    if (slots > this.slots) this.slots = slots;
  }

  /** What is kept of a slot, by classes. */
  of(slot: number): Float64Array {
    const from = slot * this.width * this.#per;
    return this.flat.subarray(from, from + this.classes * this.#per);
  }

  /** All numbers, without the room. */
  save(): Float64Array {
    const wide = this.classes * this.#per;
    const saved = new Float64Array(this.slots * wide);
    for (let slot = 0; slot < this.slots; slot++) saved.set(this.of(slot), slot * wide);
    return saved;
  }

  /** Goes on from what another has saved, of so many slots and classes. Throws `WEIR_MODEL_FORM`; `what` is what they are. */
  restore(saved: Float64Array, slots: number, classes: number, what: string): void {
    sized(saved, slots * classes * this.#per, what);
    this.reserve(slots, classes);
    const wide = this.classes * this.#per;
    for (let slot = 0; slot < slots; slot++) this.of(slot).set(saved.subarray(slot * wide, (slot + 1) * wide));
  }
}
