/** After how many falls of its thread a record is put aside. */
const FALLS = 2;

/** Remembers at which record of which stage a thread hung or ended, so that one poisonous record cannot stop a topology. */
export class Quarantine {
  readonly #falls = new Map<string, Map<number, number>>();

  /** A thread fell while code of the user's worked on this record. True when the record is put aside from now on. */
  suspect(stage: string, order: number): boolean {
    let orders = this.#falls.get(stage);
    if (orders === undefined) {
      orders = new Map();
      this.#falls.set(stage, orders);
    }
    const falls = (orders.get(order) ?? 0) + 1;
    orders.set(order, falls);
    return falls === FALLS;
  }

  /** The records to put aside, by stage. */
  orders(): Record<string, number[]> {
    const result: Record<string, number[]> = {};
    for (const [stage, orders] of this.#falls) {
      const aside = [...orders].filter(([, falls]) => falls >= FALLS).map(([order]) => order);
      if (aside.length > 0) result[stage] = aside;
    }
    return result;
  }
}
