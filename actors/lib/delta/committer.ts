import { type Committer, type CommitterContext, type Disk, messageOf, WeirError } from '#stage';
import { appendParts, movePart, preparedOf } from '../files/prepared.ts';
import type { ColumnSpec } from '../parquet/schema.ts';
import { checkpointDue, writeCheckpoint } from './checkpoint.ts';
import { deltaFault } from './faults.ts';
import { commitPath, type DeltaTable, readDeltaTable } from './log.ts';
import { ruledColumns, sameSchema, schemaString } from './schema.ts';
import type { DeltaNote, DeltaPrepared } from './writer.ts';

/** Commits of others that may come before ours. */
const TRIES = 100;
/** Writer features that ask nothing of who only adds files. */
const HARMLESS = new Set(['appendOnly', 'invariants', 'timestampNtz', 'domainMetadata']);

interface Base {
  /** Names this run in the log. */
  app: string;
}

interface Added {
  path: string;
  size: number;
  at: number;
  note: DeltaNote;
}

/**
 * Adds the parts of a checkpoint to a Delta table by one commit, which carries the checkpoint's number as its transaction: one
 * that is repeated is found in the log, and nothing is done. The log is put on by files that never take another one's place.
 */
export class DeltaCommitter implements Committer {
  readonly #disk: Disk;
  readonly #log: CommitterContext['log'];
  readonly #root: string;
  readonly #columns: readonly ColumnSpec[];
  readonly #partition: readonly string[];

  constructor(
    { disk, log }: Pick<CommitterContext, 'disk' | 'log'>,
    root: string,
    columns: readonly ColumnSpec[],
    partition: readonly string[],
  ) {
    this.#disk = disk;
    this.#log = log;
    this.#root = root;
    this.#columns = columns;
    this.#partition = partition;
  }

  async commit(epoch: number, parts: readonly unknown[], base: unknown): Promise<Base | undefined> {
    const prepared = preparedOf<DeltaPrepared>(parts);
    const app = (base as Base | undefined | null)?.app ?? prepared[0]?.app;
    if (app === undefined) return undefined;
    const added: Added[] = [];
    for (const one of prepared) added.push(...(await this.#place(epoch, app, one)));
    const at = Math.max(0, ...prepared.map((one) => one.at));
    for (let tries = 0; tries < TRIES; tries++) {
      const table = await readDeltaTable(this.#disk, this.#root);
      if ((table.transactions.get(app) ?? -1) >= epoch) return { app };
      if (added.length === 0 && table.version >= 0) return { app };
      checkTable(table, this.#root, this.#columns, this.#partition);
      const actions = [...this.#actions(table, app, at), { txn: { appId: app, version: epoch, lastUpdated: at } }];
      const text = [...actions, ...added.map(addOf)].map((action) => `${JSON.stringify(action)}\n`).join('');
      if (!(await this.#disk.create(`${this.#root}${commitPath(table.version + 1)}`, Buffer.from(text)))) continue;
      if (checkpointDue(table, table.version + 1)) await this.#sumUp(table.version + 1);
      return { app };
    }
    throw new WeirError(
      'WEIR_DELTA_BUSY',
      `${this.#root}: others have committed ${TRIES} times before this checkpoint could`,
    );
  }

  /** A checkpoint of the log makes reading it shorter, and is nothing that the table is in want of: no commit fails by it. */
  async #sumUp(version: number): Promise<void> {
    try {
      const table = await readDeltaTable(this.#disk, this.#root);
      // Of a later version it is made by who committed that.
      if (table.version === version) await writeCheckpoint(this.#disk, this.#root, table);
    } catch (error) {
      this.#log('warn', `${this.#root}: no checkpoint of the Delta log at version ${version}: ${messageOf(error)}`);
    }
  }

  /** Puts the parts where the table's files lie; no reader sees them before the log names them. */
  async #place(epoch: number, app: string, { subtask, at, parts }: DeltaPrepared): Promise<Added[]> {
    const added: Added[] = [];
    for (const [i, { folder, part, note }] of parts.entries()) {
      const name = `part-${subtask}-${epoch}-${i}-${app.slice(-12)}.parquet`;
      const path = `${this.#root}${folder}${name}`;
      const hidden = `${this.#root}${folder}.${name}`;
      if ('file' in part) await movePart(this.#disk, part.file, path, hidden);
      else {
        await appendParts(this.#disk, hidden, 0, [part]);
        await this.#disk.rename(hidden, path);
      }
      added.push({ path: `${folder}${name}`, size: part.bytes, at, note: note as DeltaNote });
    }
    return added;
  }

  #actions({ version }: DeltaTable, app: string, at: number): object[] {
    const info = {
      commitInfo: { timestamp: at, operation: 'STREAMING UPDATE', operationParameters: {}, engineInfo: 'weir' },
    };
    if (version >= 0) return [info];
    return [
      info,
      { protocol: { minReaderVersion: 1, minWriterVersion: 2 } },
      {
        metaData: {
          id: app.slice('weir-'.length),
          format: { provider: 'parquet', options: {} },
          schemaString: schemaString(this.#columns),
          partitionColumns: this.#partition,
          configuration: {},
          createdTime: at,
        },
      },
    ];
  }
}

/** As the log says that a file belongs to the table from now on. */
function addOf({ path, size, at, note }: Added): object {
  return {
    add: {
      path: path.split('/').map(encodeURIComponent).join('/').replaceAll('%3D', '='),
      partitionValues: note.values,
      size,
      modificationTime: at,
      dataChange: true,
      stats: JSON.stringify(statsOf(note)),
    },
  };
}

/** Bounds of whole numbers alone: a double may be no number, which readers take for the largest one. */
function statsOf({ columns, groups }: DeltaNote): object {
  const minValues: Record<string, number> = {};
  const maxValues: Record<string, number> = {};
  const nullCount: Record<string, number> = {};
  columns.forEach(({ name, type }, i) => {
    const places = groups.map((group) => group.columns[i]!);
    nullCount[name] = places.reduce((sum, { nulls }) => sum + nulls, 0);
    const known = places.filter(({ min }) => min !== undefined);
    if (type !== 'int' || known.length === 0) return;
    minValues[name] = Math.min(...known.map(({ min }) => min!));
    maxValues[name] = Math.max(...known.map(({ max }) => max!));
  });
  return { numRecords: groups.reduce((sum, { rows }) => sum + rows, 0), minValues, maxValues, nullCount };
}

/** Throws `WEIR_DELTA_SCHEMA` and `WEIR_DELTA_PROTOCOL` for a table that such rows cannot be added to. */
export function checkTable(
  { version, schema, partitionColumns, minWriter, writerFeatures }: DeltaTable,
  root: string,
  columns: readonly ColumnSpec[],
  partition: readonly string[],
): void {
  if (version < 0) return;
  const wrong =
    schema === undefined || !sameSchema(schema, schemaString(columns))
      ? `has the schema ${schema}, and not ${schemaString(columns)}`
      : String(partitionColumns) !== String(partition)
        ? `is partitioned by ${partitionColumns.join(', ') || 'nothing'}, and not by ${partition.join(', ') || 'nothing'}`
        : undefined;
  if (wrong !== undefined) {
    const advice = 'name its columns, or another table; a run that has begun does so with --fresh';
    throw deltaFault('WEIR_DELTA_SCHEMA', `the Delta table ${root} ${wrong}: ${advice}`);
  }
  const strange = writerFeatures.filter((feature) => !HARMLESS.has(feature));
  const ruled = ruledColumns(schema ?? '{"fields":[]}');
  const asks =
    strange.length > 0
      ? `the features ${strange.join(', ')}`
      : minWriter > 7 || (minWriter > 2 && minWriter < 7)
        ? `writers of version ${minWriter}`
        : ruled.length > 0
          ? `values that are looked at, never null or by a rule, in ${ruled.join(', ')}`
          : undefined;
  if (asks !== undefined) {
    throw deltaFault('WEIR_DELTA_PROTOCOL', `the Delta table ${root} asks for ${asks}, which Weir does not have`);
  }
}
