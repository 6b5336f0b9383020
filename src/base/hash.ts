/** How many key groups keyed state is cut into: the finest grain at which it moves when the parallelism changes. */
export const KEY_GROUPS = 128;

const scratch = new DataView(new ArrayBuffer(8));

function mix(h: number): number {
  // The finaliser of MurmurHash3 (Austin Appleby, public domain): every input bit reaches every output bit.
  h ^= h >>> 16;
  h = Math.imul(h, 0x85ebca6b);
  h ^= h >>> 13;
  h = Math.imul(h, 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}

/** A 32-bit hash of a key: string, number, boolean or null. Equal keys (`===`) have equal hashes, on every machine. */
export function hashKey(key: unknown): number {
  if (typeof key === 'number') {
    if ((key | 0) === key) return mix(key);
    scratch.setFloat64(0, key);
    return mix(scratch.getInt32(0) ^ Math.imul(scratch.getInt32(4), 0x9e3779b1));
  }
  if (typeof key === 'string') return hashText(key);
  if (key === null || key === undefined) return mix(0x6e756c6c);
  return key === true ? mix(0x74727565) : mix(0x66616c73);
}

/** FNV-1a over the UTF-16 code units, then mixed. */
export function hashText(text: string): number {
  let h = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) h = Math.imul(h ^ text.charCodeAt(i), 0x01000193);
  return mix(h);
}

/**
 * Another 32-bit hash of a key that has nothing in common with {@link hashKey}, so that both together are one of 64 bits.
 * Equal keys (`===`) have equal hashes, on every machine. Stored sketches hold both: neither may ever change.
 */
export function hashKeyAgain(key: unknown): number {
  if (typeof key === 'number') {
    if ((key | 0) === key) return mix(Math.imul(key, 0x9e3779b1) ^ 0x7f4a7c15);
    scratch.setFloat64(0, key);
    return mix(Math.imul(scratch.getInt32(0), 0xcc9e2d51) ^ mix(scratch.getInt32(4) ^ 0x7f4a7c15));
  }
  if (typeof key === 'string') {
    let h = 0x9747b28c;
    for (let i = 0; i < key.length; i++) {
      h = Math.imul(h ^ key.charCodeAt(i), 0x5bd1e995);
      h ^= h >>> 15;
    }
    return mix(h);
  }
  return mix(hashKey(key) ^ 0x7f4a7c15);
}

/** The subtask of `parallelism` that owns a key group: contiguous ranges, so that a change of it moves few groups. */
export function subtaskOfGroup(group: number, parallelism: number): number {
  return Math.floor((group * parallelism) / KEY_GROUPS);
}
