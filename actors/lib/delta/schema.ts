import { type At, type Row, WeirError } from '#stage';
import { type PartitionPath, partitionPath } from '../files/partition-path.ts';
import { columnFor } from '../parquet/column.ts';
import type { ColumnSpec, ColumnType } from '../parquet/schema.ts';

const DELTA_TYPES: Readonly<Record<ColumnType, string>> = {
  text: 'string',
  number: 'double',
  int: 'long',
  bool: 'boolean',
  time: 'timestamp',
  date: 'date',
  bytes: 'binary',
  json: 'string',
  'json-text': 'string',
};

/** The schema of a table as its log holds it. */
export function schemaString(columns: readonly ColumnSpec[]): string {
  const fields = columns.map(({ name, type }) => ({ name, type: DELTA_TYPES[type], nullable: true, metadata: {} }));
  return JSON.stringify({ type: 'struct', fields });
}

/** Whether two schemas have the same columns of the same types; what else is said of them does not count. */
export function sameSchema(one: string, other: string): boolean {
  const plain = (text: string) =>
    JSON.stringify(
      (JSON.parse(text).fields as { name: string; type: unknown }[]).map(({ name, type }) => [name, type]),
    );
  return plain(one) === plain(other);
}

/** Columns whose values a writer has to judge: none may be null, or an invariant of version 2 holds. */
export function ruledColumns(text: string): string[] {
  const fields = JSON.parse(text).fields as { name: string; nullable?: boolean; metadata?: Record<string, unknown> }[];
  const rules = ['delta.invariants', 'delta.generationExpression'];
  const isRuled = ({ nullable, metadata }: (typeof fields)[number]) =>
    nullable === false || rules.some((rule) => metadata?.[rule] !== undefined);
  return fields.filter(isRuled).map(({ name }) => name);
}

/** The values of a partition as the log holds them. */
export type PartitionValues = Record<string, string | null>;

/** The folders of a table's partitions. */
export interface DeltaPartitions extends PartitionPath {
  /** The values of the record that `of` was called with last. */
  readonly values: PartitionValues;
}

/** Deals records out to folders by columns of the schema, `day=2024-05-01/`. Throws `WEIR_COLUMN_TYPE` for a value that a column does not take. */
export function deltaPartitions(
  root: string,
  columns: readonly ColumnSpec[],
  names: readonly string[],
): DeltaPartitions {
  if (names.length === 0) return { root, values: {}, of: () => '' };
  const made = names.map((name) => {
    const spec = columns.find((column) => column.name === name);
    if (spec === undefined) throw new WeirError('WEIR_OPTION', `partition: ${name} is no column of schema`);
    return { name, spec, check: columnFor(spec) };
  });
  let values: PartitionValues = {};
  const expressions = names.map((name) => ({ evaluate: () => values[name] }));
  const paths = partitionPath(root, { names, expressions } as unknown as Parameters<typeof partitionPath>[1]);
  return {
    root: paths.root,
    get values() {
      return values;
    },
    of(row: Row, at: At) {
      const found: PartitionValues = {};
      for (const { name, spec, check } of made) {
        check.set(0, row[name]);
        found[name] = textOfValue(spec.type, row[name]);
      }
      values = found;
      return paths.of(row, at);
    },
  };
}

function textOfValue(type: ColumnType, value: unknown): string | null {
  if (value === null || value === undefined || value === '') return null;
  if (type !== 'date') return String(value);
  return new Date(value as string | number | Date).toISOString().slice(0, 10);
}
