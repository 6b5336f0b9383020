import type { KeyedStateOptions, Row } from '#stage';

/** A record that waits for others, with what the engine knew of it. */
export interface Kept {
  row: Row;
  time: number;
  order: number;
}

/** How kept records are stored. */
export const encodeKept = ({ row, time, order }: Kept): unknown => [row, time, order];

export function decodeKept(data: unknown): Kept {
  const [row, time, order] = data as [Row, number, number];
  return { row, time, order };
}

/** What is kept of a key: records of the left stream with what they have found, and of the right one. */
export interface Sides<F> {
  left: (Kept & { found: F })[];
  right: Kept[];
}

/** How the sides of a key are stored. */
export const sidesState = <F>(): KeyedStateOptions<Sides<F>> => ({
  create: () => ({ left: [], right: [] }),
  encode: ({ left, right }) => [
    left.map((one) => [...(encodeKept(one) as unknown[]), one.found]),
    right.map(encodeKept),
  ],
  decode: (data) => {
    const [left, right] = data as [unknown[][], unknown[]];
    return {
      left: left.map((one) => ({ ...decodeKept(one), found: one[3] as F })),
      right: right.map(decodeKept),
    };
  },
});
