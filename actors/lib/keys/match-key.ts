import { type At, type Key, type KeySpec, keyFunction, type Row } from '#stage';

/** The key of one side of a match; undefined when a part of it is null, which matches nothing. Throws `WEIR_KEY_TYPE`. */
export function matchKey(spec: KeySpec): (row: Row, at: At) => Key | undefined {
  const keyOf = keyFunction(spec);
  const { expressions } = spec;
  if (expressions.length === 1) return (row, at) => keyOf(row, at) ?? undefined;
  return (row, at) => {
    for (const expression of expressions) if ((expression.evaluate(row, at) ?? null) === null) return undefined;
    return keyOf(row, at);
  };
}
