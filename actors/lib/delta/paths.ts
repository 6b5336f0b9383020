import type { Disk } from '#stage';
import { readDeltaTable } from './log.ts';

/** The files of a table as they lie on the disk, each with the values of its partition, and the names of its columns. */
export async function deltaFiles(disk: Disk, folder: string) {
  const root = folder.endsWith('/') ? folder : `${folder}/`;
  const { version, files, partitionColumns, schema } = await readDeltaTable(disk, root);
  const columns = schema === undefined ? [] : (JSON.parse(schema).fields as { name: string; type: unknown }[]);
  const found = [...files.values()].map(({ path, partitionValues }) => {
    return { path: `${root}${decodeURIComponent(path)}`, values: partitionValues };
  });
  return { version, files: found, partitionColumns, columns };
}
