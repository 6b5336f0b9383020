import { randomUUID } from 'node:crypto';
import type { SchemaElement } from 'hyparquet';
import type { Disk } from '#stage';
import { appendParts } from '../files/prepared.ts';
import type { DeltaTable } from './log.ts';

/** Commits between two checkpoints, where the table does not say it. */
const INTERVAL = 10;

/** Where checkpoints are put. */
export type CheckpointStore = Pick<Disk, 'create' | 'openAppend' | 'appendFileTo' | 'rename'>;

/**
 * Whether the log is to be summed up at a version of a table. One that asks more of its writers than version 2 of the protocol
 * may have actions that a checkpoint of ours would forget.
 */
export function checkpointDue({ minReader, minWriter, state }: DeltaTable, version: number): boolean {
  if (minReader > 1 || minWriter > 2 || state.metaData === undefined) return false;
  const given = Number(state.metaData.configuration?.['delta.checkpointInterval'] ?? INTERVAL);
  return version > 0 && version % (given >= 1 ? Math.floor(given) : INTERVAL) === 0;
}

/**
 * Sums the log of a table up in a Parquet file, from which readers go on: the log need not be read from its beginning each time.
 * One that is there stays. `root` ends in a slash.
 */
export async function writeCheckpoint(store: CheckpointStore, root: string, table: DeltaTable): Promise<void> {
  const { ByteWriter, parquetWrite } = await import('hyparquet-writer');
  const { protocol, metaData, txns, adds, removes } = table.state;
  const actions: Action[] = [
    ...(protocol === undefined ? [] : [{ protocol }]),
    ...(metaData === undefined ? [] : [{ metaData: { ...NO_OPTIONS, ...metaData } }]),
    ...[...txns.values()].map((txn) => ({ txn })),
    ...[...adds.values()].map((add) => ({ add: { ...add, dataChange: false } })),
    ...[...removes.values()].map((remove) => ({ remove: { ...remove, dataChange: false } })),
  ];
  const writer = new ByteWriter();
  const columnData = KINDS.map((name) => ({ name, data: actions.map((action) => exact(action[name])) }));
  parquetWrite({ writer, columnData, schema: SCHEMA, statistics: false });
  const log = `${root}_delta_log/`;
  await store.create(`${log}${String(table.version).padStart(20, '0')}.checkpoint.parquet`, writer.getBytes());
  // Where readers begin to look; an older one is as good, but slower.
  const draft = `${log}._last_checkpoint.${randomUUID()}.tmp`;
  const last = Buffer.from(JSON.stringify({ version: table.version, size: actions.length }));
  await appendParts(store as Disk, draft, 0, [last]);
  await store.rename(draft, `${log}_last_checkpoint`);
}

type Action = Record<string, any>;
const NO_OPTIONS = { configuration: {}, partitionColumns: [] };
const KINDS = ['txn', 'add', 'remove', 'metaData', 'protocol'] as const;

/** Whole numbers are 64 bits in Parquet; those of the protocol are 32. */
function exact(action: Action | undefined): Action | undefined {
  if (action === undefined) return undefined;
  const longs = Object.entries(action).filter(([name, value]) => LONGS.has(name) && typeof value === 'number');
  return { ...action, ...Object.fromEntries(longs.map(([name, value]) => [name, BigInt(value)])) };
}

const LONGS = new Set(['version', 'lastUpdated', 'size', 'modificationTime', 'deletionTimestamp', 'createdTime']);

const group = (name: string, ...children: SchemaElement[][]): SchemaElement[] => [
  { name, num_children: children.length, repetition_type: 'OPTIONAL' },
  ...children.flat(),
];
const text = (name: string, repetition_type: 'OPTIONAL' | 'REQUIRED' = 'OPTIONAL'): SchemaElement[] => [
  { name, type: 'BYTE_ARRAY', converted_type: 'UTF8', repetition_type },
];
const number = (name: string, type: 'INT64' | 'INT32' | 'BOOLEAN' = 'INT64'): SchemaElement[] => [
  { name, type, repetition_type: 'OPTIONAL' },
];
const map = (name: string): SchemaElement[] => [
  { name, num_children: 1, converted_type: 'MAP', repetition_type: 'OPTIONAL' },
  { name: 'key_value', num_children: 2, repetition_type: 'REPEATED' },
  ...text('key', 'REQUIRED'),
  ...text('value'),
];
const list = (name: string): SchemaElement[] => [
  { name, num_children: 1, converted_type: 'LIST', repetition_type: 'OPTIONAL' },
  { name: 'list', num_children: 1, repetition_type: 'REPEATED' },
  ...text('element'),
];

/** As the protocol has it: a column for each kind of action, of which a row has one. */
const SCHEMA: SchemaElement[] = [
  { name: 'root', num_children: KINDS.length },
  ...group('txn', text('appId'), number('version'), number('lastUpdated')),
  ...group(
    'add',
    text('path'),
    map('partitionValues'),
    number('size'),
    number('modificationTime'),
    number('dataChange', 'BOOLEAN'),
    text('stats'),
    map('tags'),
  ),
  ...group(
    'remove',
    text('path'),
    number('deletionTimestamp'),
    number('dataChange', 'BOOLEAN'),
    number('extendedFileMetadata', 'BOOLEAN'),
    map('partitionValues'),
    number('size'),
  ),
  ...group(
    'metaData',
    text('id'),
    text('name'),
    text('description'),
    group('format', text('provider'), map('options')),
    text('schemaString'),
    list('partitionColumns'),
    map('configuration'),
    number('createdTime'),
  ),
  ...group('protocol', number('minReaderVersion', 'INT32'), number('minWriterVersion', 'INT32')),
];
