import type { Key, Row } from '#stage';
import { sameValue } from '../records/same-value.ts';

/** What has come of one key and what has gone, as far as the two do not cancel out. */
interface Net {
  come: Row[];
  gone: Row[];
}

/**
 * The changes of rows since a checkpoint, where those of one key may come in any order: a row that comes and one that goes
 * cancel out when they are equal. By the next barrier all have come that hang together. O(changes of the key) per change.
 */
export class NetChanges {
  #keys = new Map<Key, Net>();

  add(key: Key, row: Row, retract: boolean): void {
    let net = this.#keys.get(key);
    if (net === undefined) {
      net = { come: [], gone: [] };
      this.#keys.set(key, net);
    }
    const [own, other] = retract ? [net.gone, net.come] : [net.come, net.gone];
    const at = other.findLastIndex((one) => sameValue(one, row));
    if (at < 0) own.push(row);
    else other.splice(at, 1);
  }

  /** The key's row from now on, or null when it has none any more; keys that are as they were are left out. */
  *take(): Generator<[Key, Row | null]> {
    const keys = this.#keys;
    this.#keys = new Map();
    for (const [key, { come, gone }] of keys) {
      const row = come.at(-1);
      if (row !== undefined) yield [key, row];
      else if (gone.length > 0) yield [key, null];
    }
  }
}
