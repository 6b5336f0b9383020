import { WeirError } from '../../base/errors.ts';

/** Raised when what lies in a queue changes its form. */
export const FORMAT = 1;
export const META = 'm';

const DIGITS = 15;
const numbered = (letter: string, n: number) => letter + String(n).padStart(DIGITS, '0');

/** Where chunk number `n` lies. */
export const chunkKey = (n: number) => numbered('q', n);
/** Where stands how far the queue went at the barrier of an epoch. */
export const markKey = (epoch: number) => numbered('e', epoch);
export const numberOf = (key: string) => Number(key.slice(1));
export const CHUNKS = { gte: 'q', lt: 'r' };
export const MARKS = { gte: 'e', lt: 'f' };

/** What is true of a queue with each of its writes. */
export interface Meta {
  format: number;
  /** The first chunk that is still there. */
  head: number;
  bytes: number;
  records: number;
  /** The last checkpoint that was durable. */
  committed: number;
}

export const toBytes = (value: unknown) => new TextEncoder().encode(JSON.stringify(value));
export const ofBytes = (bytes: Uint8Array): unknown => JSON.parse(new TextDecoder().decode(bytes));

/** What a queue holds is not what was put into it. No restart mends that. */
export function damagedQueue(folder: string, what: string, cause?: unknown): WeirError {
  const remedy = `put back a copy of the whole state folder, or remove ${folder} to go on without what waited in it`;
  return new WeirError(
    'WEIR_BUFFER_DAMAGED',
    `the buffer in ${folder} is damaged: ${what}. Nothing of it is sent: ${remedy}`,
    {
      data: { path: folder, permanent: true },
      ...(cause === undefined ? {} : { cause }),
    },
  );
}
