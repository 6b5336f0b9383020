import { readdir, readFile } from 'node:fs/promises';
import { WeirError } from '#stage';
import { type FileSystem, LOCAL_FILES } from '../file/input-files.ts';
import { hdfsFiles } from '../hdfs/hdfs-files.ts';
import type { WebHdfs } from '../hdfs/web-hdfs.ts';
import { type ParquetInput, parquetInput } from '../parquet/parquet-reader.ts';
import type { DeltaLog } from './log.ts';
import { deltaFiles } from './paths.ts';
import { partitionValue } from './values.ts';

const absent = (error: unknown) => {
  if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
  throw error;
};

const LOCAL_LOG: DeltaLog = {
  list: async (folder) => (await readdir(folder).catch(absent)) ?? [],
  read: (path) => readFile(path).catch(absent),
};

function hdfsLog(hdfs: WebHdfs): DeltaLog {
  return {
    list: async (folder) => (await hdfs.list(folder)).map(({ pathSuffix }) => pathSuffix),
    async read(path) {
      const status = await hdfs.status(path);
      return status && (await hdfs.read(path, 0, status.length));
    },
  };
}

/** The log of a table on this machine or in HDFS. */
export const deltaLog = (hdfs: WebHdfs | undefined): DeltaLog => (hdfs === undefined ? LOCAL_LOG : hdfsLog(hdfs));

/** What the log of a table says of it, on this machine or in HDFS. Throws `WEIR_DELTA_…`; `WEIR_FILE_NOT_FOUND` where there is none. */
export async function deltaTable(folder: string, hdfs: WebHdfs | undefined, version?: number) {
  const table = await deltaFiles(deltaLog(hdfs), folder, version);
  if (table.version >= 0) return table;
  const where = hdfs === undefined ? '' : `${hdfs.where}: `;
  throw new WeirError('WEIR_FILE_NOT_FOUND', `${where}no Delta table at ${folder}: it has no _delta_log`);
}

/** The files of a table as it is, or was at a version, in order of their paths, each with the columns that it does not hold itself. */
export async function deltaInputs(
  folder: string,
  hdfs: WebHdfs | undefined,
  version?: number,
): Promise<{ columns: readonly string[]; inputs: readonly ParquetInput[] }> {
  const { files, columns, partitionColumns } = await deltaTable(folder, hdfs, version);
  const system: FileSystem = hdfs === undefined ? LOCAL_FILES : hdfsFiles(hdfs);
  const typeOf = new Map(columns.map(({ name, type }) => [name, type]));
  const inputs: ParquetInput[] = [];
  for (const { path, values } of files.sort((a, b) => (a.path < b.path ? -1 : 1))) {
    const fixed = partitionColumns.map((name) => [name, partitionValue(values[name], typeOf.get(name))]);
    const input = await parquetInput(await system.describe(path), system);
    inputs.push({ ...input, fixed: Object.fromEntries(fixed) });
  }
  return { columns: columns.map(({ name }) => name), inputs };
}
