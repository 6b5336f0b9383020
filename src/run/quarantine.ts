/** The record at which code of the user's was running when its thread fell. */
export interface Suspect {
  stage: string;
  order: number;
  /** Undefined the first time: it is worked out only for records of a suspect order. */
  hash: number | undefined;
}

/** For a stage, the orders at which threads have fallen, and hashes of the records of that order that are put aside. */
export type Suspects = [order: number, aside: number[]][];

/**
 * Remembers at which record of which stage a thread hung or ended, so that one poisonous record cannot stop a topology.
 * Orders are a source's own, so records of several sources share them: a record is put aside by its hash, the second time.
 */
export class Quarantine {
  readonly #falls = new Map<string, Map<number, Set<number>>>();

  /** A thread fell while code of the user's worked on this record. True when the record is put aside from now on. */
  suspect({ stage, order, hash }: Suspect): boolean {
    const orders = this.#falls.get(stage) ?? new Map<number, Set<number>>();
    this.#falls.set(stage, orders);
    const aside = orders.get(order) ?? new Set<number>();
    orders.set(order, aside);
    if (hash === undefined || aside.has(hash)) return false;
    aside.add(hash);
    return true;
  }

  /** What the hosts are to look out for, by stage. */
  suspects(): Record<string, Suspects> {
    const entries = [...this.#falls].map(([stage, orders]) => {
      return [stage, [...orders].map(([order, aside]): [number, number[]] => [order, [...aside]])] as const;
    });
    return Object.fromEntries(entries);
  }
}
