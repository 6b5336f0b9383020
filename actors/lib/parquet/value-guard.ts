import { damaged } from './damage.ts';
import { checkDeltas, lengthOfPrefixed } from './delta-guard.ts';
import type { ChunkShape } from './page-guard.ts';
import { checkRuns } from './run-guard.ts';

/** The values of a page, behind its levels. */
export interface PageValues {
  readonly page: Uint8Array;
  readonly from: number;
  readonly encoding: string;
  /** The library takes no more of them, and no fewer than are sure. */
  readonly most: number;
  readonly sure: number;
  /** Of the kind of page. */
  readonly version: 1 | 2;
}

/** Checks that the library comes to an end with them, and gives the bytes that it makes of fewer. Throws for damage. */
export function checkValues(values: PageValues, shape: ChunkShape, mostBytes: number): number {
  const { page, from, encoding, most, sure } = values;
  const left = page.length - from;
  switch (encoding) {
    case 'PLAIN':
    case 'BYTE_STREAM_SPLIT':
      if (sure * leastBits(shape) > left * 8) damaged(`a page has no room for ${sure} values`);
      return 0;
    case 'RLE':
    case 'RLE_DICTIONARY':
    case 'PLAIN_DICTIONARY':
      checkIndexes(values, shape);
      return 0;
    case 'DELTA_BINARY_PACKED':
    case 'DELTA_LENGTH_BYTE_ARRAY':
      checkDeltas(page, from, sure);
      return 0;
    case 'DELTA_BYTE_ARRAY':
      return lengthOfPrefixed(page, from, sure, mostBytes);
    default:
      return damaged(`a page of ${most} values has encoding ${encoding}`);
  }
}

function checkIndexes({ page, from, encoding, most, version }: PageValues, { meta }: ChunkShape): void {
  // Each as the library takes it, which decides by the version of the page first.
  const isBoolean = version === 1 ? meta.type === 'BOOLEAN' : encoding === 'RLE';
  const start = from + (isBoolean ? 4 : 1);
  if (start > page.length) {
    if (most === 0) return;
    damaged('a page ends before its values');
  }
  const width = isBoolean ? 1 : page[from]!;
  if (width > 32) damaged(`the indexes of a page have ${width} bits`);
  if (width === 0 && version === 1) return;
  checkRuns({ bytes: page, from: start, to: page.length, width, most }, false);
}

/** Bits of a plain value, at least. */
export function leastBits({ meta, path }: ChunkShape): number {
  switch (meta.type) {
    case 'BOOLEAN':
      return 1;
    case 'INT64':
    case 'DOUBLE':
      return 64;
    case 'INT96':
      return 96;
    case 'FIXED_LEN_BYTE_ARRAY':
      return Math.max(1, path.at(-1)!.element.type_length ?? 1) * 8;
    default:
      return 32;
  }
}
