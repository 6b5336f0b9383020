import { deltaFault } from './faults.ts';
import { type DeltaLog, type DeltaTable, readDeltaTable } from './log.ts';

/** What a reader knows of that changes nothing of what it reads, or is refused where it is used. */
const READ_FEATURES = ['deletionVectors', 'timestampNtz', 'columnMapping', 'vacuumProtocolCheck'];

/**
 * The files of a table as they lie on the disk, each with the values of its partition, and the names of its columns. Throws
 * `WEIR_DELTA_LOG`, and `WEIR_DELTA_PROTOCOL` for a table that asks its readers for more than is known here.
 */
export async function deltaFiles(disk: DeltaLog, folder: string, at?: number) {
  const root = folder.endsWith('/') ? folder : `${folder}/`;
  const table = await readDeltaTable(disk, root, at);
  checkReader(table, root);
  const { version, files, partitionColumns, schema } = table;
  const columns = schema === undefined ? [] : (JSON.parse(schema).fields as { name: string; type: unknown }[]);
  const found = [...files.values()].map(({ path, partitionValues, hasVector }) => {
    if (hasVector) {
      const what = `${root}: the Delta table has deletion vectors, which are not read (${path})`;
      throw deltaFault('WEIR_DELTA_PROTOCOL', `${what}: purge them first`);
    }
    const name = decoded(path, root);
    if (/^(?:\/|[a-z][a-z0-9+.-]*:)/i.test(path) || name.split('/').includes('..')) {
      const what = `${root}: the Delta log names ${path}, a file outside of the table, as of a shallow clone: those are not read`;
      throw deltaFault('WEIR_DELTA_PROTOCOL', what);
    }
    return { path: `${root}${name}`, values: partitionValues };
  });
  return { version, files: found, partitionColumns, columns };
}

function decoded(path: string, root: string): string {
  try {
    return decodeURIComponent(path);
  } catch (cause) {
    throw deltaFault('WEIR_DELTA_LOG', `${root}: the Delta log names ${path}, which is no path`, { cause });
  }
}

function checkReader({ minReader, readerFeatures, state }: DeltaTable, root: string): void {
  const refuse = (what: string): never => {
    throw deltaFault('WEIR_DELTA_PROTOCOL', `${root}: the Delta table ${what}`);
  };
  const strange = readerFeatures.filter((feature) => !READ_FEATURES.includes(feature));
  if (minReader > 3 || strange.length > 0) {
    refuse(`asks its readers for version ${minReader} ${strange.join(', ')}`.trimEnd());
  }
  const mapping = state.metaData?.configuration;
  const mode = mapping instanceof Map ? mapping.get(MAPPING) : mapping?.[MAPPING];
  if (mode !== undefined && mode !== 'none') refuse(`has columns under other names (${MAPPING}), which are not read`);
}

const MAPPING = 'delta.columnMapping.mode';
