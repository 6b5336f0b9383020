import { type At, type Projection, type Row, WeirError } from '#stage';

/** How Hive and Spark name the folder of a missing value. */
const MISSING = '__HIVE_DEFAULT_PARTITION__';

/** A value as the name of a folder: nothing in it can leave the folder, hide it, or be taken for another value. */
function folderName(value: unknown): string {
  if (value === null || value === undefined || value === '') return MISSING;
  const text = typeof value === 'object' ? JSON.stringify(value) : String(value);
  // Half a surrogate pair has no place in a URI.
  const whole = text.replace(/[\ud800-\udfff]/gu, '\ufffd');
  return encodeURIComponent(whole)
    .replace(/^\.+/, (dots) => '%2E'.repeat(dots.length))
    .replaceAll('*', '%2A');
}

/** A path with holes, `out/{day}/{minute}/`: where it begins to differ, and the rest for a record. */
export interface PartitionPath {
  /** The folder that all partitions lie in. */
  readonly root: string;
  /** The folder of a record's partition below the root, empty or ending in a slash. */
  of(row: Row, at: At): string;
}

/**
 * Reads a path whose holes are fields of `partition`. Without holes the fields become folders in the manner of Hive,
 * `day=2024-05-01/`. Throws `WEIR_OPTION` for a hole that is no field.
 */
export function partitionPath(path: string, partition: Projection | undefined): PartitionPath {
  const [root = ''] = path.split('{');
  const folder = root.slice(0, root.lastIndexOf('/') + 1);
  const rest = path.slice(folder.length);
  if (partition === undefined) {
    if (rest.includes('{')) refuse(rest, 'the option partition is missing');
    return { root: folder, of: () => '' };
  }
  const { names, expressions } = partition;
  const hive = names.map((name) => `${encodeURIComponent(name)}={${name}}/`).join('');
  // Odd pieces are the holes.
  const pieces = (rest.includes('{') ? rest : hive).split(/\{([^{}]*)\}/).map((piece, i) => {
    if (i % 2 === 0) return () => piece;
    const expression = expressions[names.indexOf(piece)] ?? refuse(piece, `partition has ${names.join(', ')}`);
    const nameOf = remembered(folderName);
    return (row: Row, at: At) => nameOf(expression.evaluate(row, at));
  });
  return {
    root: folder,
    of(row, at) {
      let path = '';
      for (const piece of pieces) path += piece(row, at);
      return path;
    },
  };
}

/** Remembers the names of some values: partitions are few. */
function remembered(nameOf: (value: unknown) => string): (value: unknown) => string {
  const names = new Map<unknown, string>();
  return (value) => {
    const known = names.get(value);
    if (known !== undefined) return known;
    const name = nameOf(value);
    if (names.size >= 10_000) names.clear();
    if (typeof value !== 'object') names.set(value, name);
    return name;
  };
}

function refuse(hole: string, advice: string): never {
  throw new WeirError(
    'WEIR_OPTION',
    `the path has a hole {${hole.replaceAll(/[{}/]/g, '')}} that is no field: ${advice}`,
  );
}
