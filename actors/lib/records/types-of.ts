import type { FieldTypes, Projection } from '#stage';

/** The fields of a projection, each of the type of its expression over the record in hand. */
export function typesOf({ names, expressions }: Projection): FieldTypes {
  return Object.fromEntries(names.flatMap((name, i) => (expressions[i] ? [[name, expressions[i]]] : [])));
}
