import type { FileMetaData } from 'hyparquet';

/**
 * Takes the scales of the decimal columns out of a footer and gives them by column, so that the library gives whole numbers. It
 * multiplies by a power such as 10 ** -4, which no double holds: 0.25 would come as 0.24999999999999997. Decimals within lists and
 * records keep their scale.
 */
export function takeScales({ schema }: FileMetaData): ReadonlyMap<string, number> {
  const scales = new Map<string, number>();
  for (let i = 1; i < schema.length; i = behind(schema, i)) {
    const element = schema[i]!;
    if (element.converted_type !== 'DECIMAL' || !element.scale) continue;
    scales.set(element.name, element.scale);
    element.scale = 0;
  }
  return scales;
}

/** The element behind one and all that is in it. */
function behind(schema: FileMetaData['schema'], at: number): number {
  let next = at + 1;
  for (let open = schema[at]!.num_children ?? 0; open > 0; open--) next = behind(schema, next);
  return next;
}

/** Whole numbers as the decimals that they stand for, each the nearest double up to 2^53 units and a scale of 22. */
export function scaled(values: ArrayLike<unknown>, scale: number): ArrayLike<unknown> {
  const unit = 10 ** scale;
  return Array.from(values, (value) => (typeof value === 'number' ? value / unit : value));
}
