/** A name as CQL takes it, letter for letter. */
export function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

/** A name as a person reads it, and as CQL takes it where that is the same. */
export function tableName({ keyspace, table }: { keyspace: string; table: string }): string {
  return `${quoted(keyspace)}.${quoted(table)}`;
}
