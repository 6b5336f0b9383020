import { type At, type Projection, type Row, WeirError } from '#stage';
import { percentEncoded } from '../text/percent-encoded.ts';

/** How Hive and Spark name the folder of a missing value. */
export const MISSING = '__HIVE_DEFAULT_PARTITION__';

/** The longest name in a folder, as of ext4, XFS, APFS and NTFS, in bytes. */
const LONGEST_NAME = 255;
/** The longest path in bytes: of the 4,096 that Linux takes the rest is for the working folder and the file's name. */
const LONGEST_PATH = 3072;

/** The folder of a missing value where no `name=` stands before it: Hadoop and Spark pass over names that begin with `_`. */
const NULL = 'null';

/**
 * A value as the name of a folder: nothing in it can leave the folder, hide it, or be taken for another value; but an empty text is a
 * missing value, as to Hive.
 */
function folderName(value: unknown, missing: string): string {
  if (value === null || value === undefined || value === '') return missing;
  const name = percentEncoded(value)
    .replace(/^\.+/, (dots) => '%2E'.repeat(dots.length))
    .replaceAll('*', '%2A');
  return name.startsWith('_') || name === missing ? escaped(name) : name;
}

const escaped = (name: string) => `%${name.charCodeAt(0).toString(16).toUpperCase()}${name.slice(1)}`;

/** A path with holes, `out/{day}/{minute}/`: where it begins to differ, and the rest for a record. */
export interface PartitionPath {
  /** The folder that all partitions lie in. */
  readonly root: string;
  /**
   * The folder of a record's partition below the root, empty or ending in a slash. Throws `WEIR_PATH_TOO_LONG` for one that no
   * disk takes: found at the commit, it would end this run and each one after it.
   */
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
  const pieces = (rest.includes('{') ? rest : hive).split(/\{([^{}]*)\}/).map((piece, i, all) => {
    if (i % 2 === 0) return () => piece;
    const expression = expressions[names.indexOf(piece)] ?? refuse(piece, `partition has ${names.join(', ')}`);
    const missing = all[i - 1]?.endsWith('=') ? MISSING : NULL;
    const nameOf = remembered((value) => folderName(value, missing));
    return (row: Row, at: At) => nameOf(expression.evaluate(row, at));
  });
  let fits = '';
  return {
    root: folder,
    of(row, at) {
      let path = '';
      for (const piece of pieces) path += piece(row, at);
      // A character is three bytes at most.
      if (path.length > LONGEST_NAME / 3 && path !== fits) {
        checkLength(folder, path);
        fits = path;
      }
      return path;
    },
  };
}

function checkLength(root: string, path: string): void {
  for (const name of path.split('/')) {
    const bytes = Buffer.byteLength(name);
    if (bytes > LONGEST_NAME) throw tooLong(`the name of the folder ${name.slice(0, 40)}…`, bytes, LONGEST_NAME);
  }
  const bytes = Buffer.byteLength(root) + Buffer.byteLength(path);
  if (bytes > LONGEST_PATH) throw tooLong(`the path ${root}${path.slice(0, 40)}…`, bytes, LONGEST_PATH);
}

function tooLong(what: string, bytes: number, most: number): WeirError {
  const advice = 'partition by something shorter, such as slice() or hash() of the value';
  return new WeirError('WEIR_PATH_TOO_LONG', `${what} would have ${bytes} bytes, of ${most} at most: ${advice}`);
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
