import { gzipSync } from 'node:zlib';
import { Bytes, type Encoder, type Row } from '#stage';
import type { PartEncoder } from '../files/part-writer.ts';
import type { Zstd } from './zstd.ts';

/** How a file is packed as a whole. */
export type Packing = 'none' | 'gzip' | 'zstd';

/** What a packed file's name ends in. */
export const ENDINGS: Readonly<Record<Packing, string>> = { none: '', gzip: '.gz', zstd: '.zst' };

/** Bytes that are packed in one piece: a member of gzip, a frame of zstd. */
const PIECE = 1 << 20;

/** Packs bytes in one piece. Pieces behind each other are a file that every reader unpacks. */
export type Pack = (bytes: Uint8Array) => Uint8Array;

export function packer(packing: Packing, zstd: Zstd | undefined): Pack {
  if (packing === 'gzip') return (bytes) => gzipSync(bytes);
  return packing === 'zstd' && zstd !== undefined ? (bytes) => zstd.compress(bytes, 3) : (bytes) => bytes;
}

/** An encoder whose bytes are packed piece by piece. */
export class PackedEncoder implements PartEncoder {
  readonly #encoder: Encoder;
  readonly #pack: Pack;
  readonly #bytes = new Bytes();

  constructor(encoder: Encoder, pack: Pack) {
    this.#encoder = encoder;
    this.#pack = pack;
  }

  header(_into: Bytes): void {
    this.#encoder.header?.(this.#bytes);
  }

  encode(row: Row, into: Bytes): void {
    const { length } = this.#bytes;
    try {
      this.#encoder.encode(row, this.#bytes);
    } catch (error) {
      this.#bytes.length = length;
      throw error;
    }
    if (this.#bytes.length >= PIECE) this.end(into);
  }

  end(into: Bytes): undefined {
    if (this.#bytes.length > 0) into.append(this.#pack(this.#bytes.view()));
    this.#bytes.clear();
    return undefined;
  }
}
