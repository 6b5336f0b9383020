const P1 = [0x85ebca87, 0x9e3779b1] as const;
const P2 = [0x27d4eb4f, 0xc2b2ae3d] as const;
const P3 = [0x9e3779f9, 0x165667b1] as const;
const P4 = [0xc2b2ae63, 0x85ebca77] as const;
const P5 = [0x165667c5, 0x27d4eb2f] as const;
type Half = readonly [low: number, high: number];

/** XXH64 with the seed 0, of bytes that come in pieces. Numbers of 64 bits are two of 32, which is ten times quicker than BigInt. */
export class Xxh64 {
  /** Low and high halves of the four lanes. */
  readonly #lanes = new Int32Array(8);
  readonly #rest = new Uint8Array(32);
  #held = 0;
  #total = 0;

  constructor() {
    const starts: Half[] = [add(P1, P2), P2, [0, 0], [-P1[0], ~P1[1]]];
    for (const [i, [low, high]] of starts.entries()) this.#lanes.set([low, high], 2 * i);
  }

  update(bytes: Uint8Array): void {
    this.#total += bytes.length;
    let at = 0;
    if (this.#held > 0) {
      at = Math.min(32 - this.#held, bytes.length);
      this.#rest.set(bytes.subarray(0, at), this.#held);
      this.#held += at;
      if (this.#held < 32) return;
      this.#stripes(this.#rest, 0, 32);
    }
    const behind = at + ((bytes.length - at) & ~31);
    this.#stripes(bytes, at, behind);
    this.#rest.set(bytes.subarray(behind));
    this.#held = bytes.length - behind;
  }

  #stripes(bytes: Uint8Array, start: number, end: number): void {
    for (let i = 0; i < 8; i += 2) this.#lane(i, bytes, start + 4 * i, end);
  }

  /** `round` for every 32 bytes, written out: it takes the most of the time. */
  #lane(i: number, bytes: Uint8Array, start: number, end: number): void {
    let low = this.#lanes[i] as number;
    let high = this.#lanes[i + 1] as number;
    for (let at = start; at < end; at += 32) {
      const wl = word(bytes, at);
      const wh = word(bytes, at + 4);
      const ml = Math.imul(wl, P2[0]);
      const mh = (highOf(wl, P2[0]) + Math.imul(wl, P2[1]) + Math.imul(wh, P2[0])) | 0;
      const sum = (low >>> 0) + (ml >>> 0);
      const al = sum | 0;
      const ah = (high + mh + (sum >= 2 ** 32 ? 1 : 0)) | 0;
      const rl = (al << 31) | (ah >>> 1);
      const rh = (ah << 31) | (al >>> 1);
      low = Math.imul(rl, P1[0]);
      high = (highOf(rl, P1[0]) + Math.imul(rl, P1[1]) + Math.imul(rh, P1[0])) | 0;
    }
    this.#lanes[i] = low;
    this.#lanes[i + 1] = high;
  }

  /** The lower 32 bits. */
  digest(): number {
    const lane = (i: number): Half => [this.#lanes[2 * i] as number, this.#lanes[2 * i + 1] as number];
    let hash: Half = P5;
    if (this.#total >= 32) {
      hash = [1, 7, 12, 18].map((by, i) => rotate(lane(i), by)).reduce(add);
      for (let i = 0; i < 4; i++) {
        hash = add(multiply(xor(hash, round([0, 0], ...lane(i))), P1), P4);
      }
    }
    hash = add(hash, [this.#total | 0, Math.floor(this.#total / 2 ** 32)]);
    let at = 0;
    for (; at + 8 <= this.#held; at += 8) {
      const mixed = round([0, 0], word(this.#rest, at), word(this.#rest, at + 4));
      hash = add(multiply(rotate(xor(hash, mixed), 27), P1), P4);
    }
    if (at + 4 <= this.#held) {
      hash = add(multiply(rotate(xor(hash, multiply([word(this.#rest, at), 0], P1)), 23), P2), P3);
      at += 4;
    }
    for (; at < this.#held; at++) {
      hash = multiply(rotate(xor(hash, multiply([this.#rest[at] as number, 0], P5)), 11), P1);
    }
    hash = multiply(xor(hash, [hash[1] >>> 1, 0]), P2);
    hash = multiply(xor(hash, [(hash[0] >>> 29) | (hash[1] << 3), hash[1] >>> 29]), P3);
    return (hash[0] ^ hash[1]) >>> 0;
  }
}

function word(b: Uint8Array, at: number): number {
  return (
    (b[at] as number) | ((b[at + 1] as number) << 8) | ((b[at + 2] as number) << 16) | ((b[at + 3] as number) << 24)
  );
}

function round(lane: Half, low: number, high: number): Half {
  return multiply(rotate(add(lane, multiply([low, high], P2)), 31), P1);
}

function add([al, ah]: Half, [bl, bh]: Half): Half {
  const low = (al >>> 0) + (bl >>> 0);
  return [low | 0, (ah + bh + (low >= 2 ** 32 ? 1 : 0)) | 0];
}

function xor([al, ah]: Half, [bl, bh]: Half): Half {
  return [al ^ bl, ah ^ bh];
}

/** To the left, by 1 to 31 bits. */
function rotate([low, high]: Half, by: number): Half {
  return [(low << by) | (high >>> (32 - by)), (high << by) | (low >>> (32 - by))];
}

function multiply([al, ah]: Half, [bl, bh]: Half): Half {
  return [Math.imul(al, bl), (highOf(al, bl) + Math.imul(al, bh) + Math.imul(ah, bl)) | 0];
}

/** The upper 32 bits of a product. */
function highOf(a: number, b: number): number {
  const a0 = a & 0xffff;
  const a1 = a >>> 16;
  const b0 = b & 0xffff;
  const b1 = b >>> 16;
  const p01 = Math.imul(a0, b1);
  const p10 = Math.imul(a1, b0);
  const middle = (Math.imul(a0, b0) >>> 16) + (p01 & 0xffff) + (p10 & 0xffff);
  return (Math.imul(a1, b1) + (p01 >>> 16) + (p10 >>> 16) + (middle >>> 16)) | 0;
}
