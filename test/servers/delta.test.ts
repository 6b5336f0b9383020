import { expect, test } from 'vitest';
import { readDeltaTable } from '../../actors/lib/delta/log.ts';
import delta from '../../actors/sinks/delta.ts';
import { realDisk } from '../../src/host/disk.ts';
import { SinkDriver } from '../../src/testkit/sink-driver.ts';
import { toFolder } from '../actors/support/duckdb.ts';
import { freshFolder } from '../support/folder.ts';
import { runStream, toEnd } from './support/runs.ts';
import { Server, withServers } from './support/server.ts';

withServers(['deltalake'], 'Delta tables beside delta-rs', () => {
  const folder = freshFolder();
  const python = new Server('deltalake', {});

  test('delta-rs reads what Weir wrote: rows, types, partitions, and the checkpoint as transaction', async () => {
    const schema = {
      id: 'int',
      day: 'date',
      host: 'text',
      load: 'number',
      ok: 'bool',
      at: 'time',
      raw: 'bytes',
      j: 'json',
    };
    const options = { path: 't/', schema, partition: ['day', 'host'] };
    const driver = await SinkDriver.open(delta, options, { parallelism: 2 });
    for (let epoch = 0; epoch < 3; epoch++) {
      for (let i = 0; i < 10; i++) {
        const id = epoch * 10 + i;
        const host = ['a/b', 'ä=%', null][i % 3];
        const row = {
          id,
          day: '2024-05-01',
          host,
          load: id / 4,
          ok: true,
          at: id * 1000,
          raw: new Uint8Array([id]),
          j: [id],
        };
        driver.write(i === 5 ? { id } : row, {}, i % 2);
      }
      await driver.checkpoint();
      await driver.commit();
    }
    await toFolder(driver.disk, folder.path, 't/');
    const { transactions } = await readDeltaTable(realDisk, folder.at('t/'));
    const [app = ''] = transactions.keys();
    const script = `
import json, sys
from deltalake import DeltaTable
table = DeltaTable(sys.argv[1])
rows = table.to_pyarrow_table().sort_by('id').to_pylist()
print(json.dumps([table.version(), table.transaction_version(sys.argv[2]), rows], default=lambda v: v.hex() if isinstance(v, bytes) else v.isoformat()))`;
    const [version, transaction, rows] = JSON.parse(await python.run(script, folder.at('t'), app));
    expect([version, transaction]).toEqual([2, 3]);
    const nothing = { day: null, host: null, load: null, ok: null, at: null, raw: null, j: null };
    expect(rows).toEqual(
      Array.from({ length: 30 }, (_, id) =>
        id % 10 === 5
          ? { id, ...nothing }
          : {
              id,
              day: '2024-05-01',
              host: ['a/b', 'ä=%', null][(id % 10) % 3],
              load: id / 4,
              ok: true,
              at: `1970-01-01T00:00:${String(id).padStart(2, '0')}+00:00`,
              raw: id.toString(16).padStart(2, '0'),
              j: `[${id}]`,
            },
      ),
    );
  }, 300_000);

  test('Weir adds to what delta-rs wrote, also behind a checkpoint of its log', async () => {
    const script = `
import sys, pyarrow as pa
from deltalake import DeltaTable, write_deltalake
for i in range(3):
    write_deltalake(sys.argv[1], pa.table({'id': pa.array([i], pa.int64()), 'host': [str(i)]}), mode='append')
DeltaTable(sys.argv[1]).create_checkpoint()
write_deltalake(sys.argv[1], pa.table({'id': pa.array([3], pa.int64()), 'host': ['3']}), mode='append')`;
    await python.run(script, folder.at('t'));
    const path = folder.at('t/');
    const committer = delta.committer!(
      { path, schema: { id: 'int', host: 'text' }, partition: [] } as never,
      { disk: realDisk } as never,
    );
    expect((await readDeltaTable(realDisk, path)).files.size).toBe(4);
    await committer.commit(1, [{ subtask: 0, at: 1, app: 'weir-test', parts: [] }], undefined);
    const count = `
import sys
from deltalake import DeltaTable
table = DeltaTable(sys.argv[1])
print(table.version(), table.to_pyarrow_table().num_rows)`;
    expect(await python.run(count, folder.at('t'))).toBe('3 4');
  }, 300_000);

  test('delta-rs goes on from a checkpoint of Weir, without the commits before it', async () => {
    const options = { path: 'sum/', schema: { id: 'int', day: 'date' }, partition: ['day'] };
    const driver = await SinkDriver.open(delta, options);
    for (let epoch = 0; epoch < 24; epoch++) {
      driver.write({ id: epoch, day: `2024-05-0${1 + (epoch % 3)}` });
      driver.write({ id: -epoch, day: null });
      await driver.checkpoint();
      await driver.commit();
    }
    await toFolder(driver.disk, folder.path, 'sum/');
    for (let version = 0; version < 20; version++) {
      await realDisk.remove(folder.at(`sum/_delta_log/${String(version).padStart(20, '0')}.json`));
    }
    const { transactions } = await readDeltaTable(realDisk, folder.at('sum/'));
    const [app = ''] = transactions.keys();
    const script = `
import json, sys
from deltalake import DeltaTable, write_deltalake
import pyarrow as pa
table = DeltaTable(sys.argv[1])
write_deltalake(table, pa.table({'id': pa.array([1000], pa.int64()), 'day': pa.array([None], pa.date32())}), mode='append')
table = DeltaTable(sys.argv[1])
rows = table.to_pyarrow_table().sort_by('id').to_pylist()
print(json.dumps([table.version(), table.transaction_version(sys.argv[2]), [[r['id'], r['day'] and r['day'].isoformat()] for r in rows]]))`;
    const [version, transaction, rows] = JSON.parse(await python.run(script, folder.at('sum'), app));
    expect([version, transaction]).toEqual([24, 24]);
    const expected = Array.from({ length: 24 }, (_, id) => [
      [id, `2024-05-0${1 + (id % 3)}`],
      [-id, null],
    ]).flat() as [number, string | null][];
    const order = (some: [number, string | null][]) => some.map((one) => JSON.stringify(one)).sort();
    expect(order(rows)).toEqual(
      order([...expected, [1000, null]].map(([id, day]) => [Number(id) + 0, day as string | null])),
    );
  }, 300_000);

  test.each([1, 2])('source `delta` gives what delta-rs says of a table of its own, on %i threads', async (threads) => {
    const path = folder.at(`made-${threads}`);
    const script = `
import datetime as dt, decimal, json, sys
from deltalake import DeltaTable, write_deltalake
import pyarrow as pa
def rows(start, end):
    ids = range(start, end)
    return {
        'id': pa.array(ids, pa.int64()),
        'day': pa.array([None if i % 7 == 3 else dt.date(2024, 5, 1 + i % 3) for i in ids], pa.date32()),
        'host': pa.array([['a/b', 'ä=% x', None, '2'][i % 4] for i in ids]),
        'small': pa.array([i % 2 - 1 for i in ids], pa.int16()),
        'load': pa.array([None if i % 11 == 0 else i / 8 for i in ids], pa.float64()),
        'price': pa.array([decimal.Decimal(i) / 100 for i in ids], pa.decimal128(9, 2)),
        'at': pa.array([dt.datetime(2024, 5, 1, tzinfo=dt.timezone.utc) + dt.timedelta(milliseconds=i * 1001) for i in ids], pa.timestamp('us', 'UTC')),
        'tags': pa.array([[str(i), 'x'] for i in ids]),
    }
at = sys.argv[1]
by = ['day', 'host', 'small']
for start in range(0, 600, 50):
    write_deltalake(at, pa.table(rows(start, start + 50)), mode='append', partition_by=by)
more = rows(600, 650)
more['added'] = pa.array(range(650, 700), pa.int32())
write_deltalake(at, pa.table(more), mode='append', partition_by=by, schema_mode='merge')
table = DeltaTable(at)
table.delete('id >= 100 AND id < 150')
table.optimize.compact()
table.create_checkpoint()
table.delete('id = 7')
def plain(value):
    if isinstance(value, dt.datetime): return round(value.timestamp() * 1000)
    if isinstance(value, dt.date): return round(dt.datetime(value.year, value.month, value.day, tzinfo=dt.timezone.utc).timestamp() * 1000)
    if isinstance(value, decimal.Decimal): return float(value)
    return value
for row in DeltaTable(at).to_pyarrow_table().sort_by('id').to_pylist():
    print(json.dumps({name: plain(value) for name, value in row.items()}))`;
    const expected = (await python.run(script, path)).split('\n').map((line) => JSON.parse(line));
    const source = { delta: path };
    await toEnd(runStream(folder, { source, to: { file: 'rows.ndjson' } }, { threads, fresh: true }));
    const found = folder.rows('rows.ndjson').sort((a, b) => a.id - b.id);
    expect(expected.length).toBe(599);
    expect(found).toEqual(expected);
    // What a table holds in its files is read only where it is asked for.
    const stream = { source, do: [{ select: ['host', 'id'] }], to: { file: 'some.ndjson' } };
    await toEnd(runStream(folder, stream, { threads, fresh: true }));
    const some = folder.rows('some.ndjson').sort((a, b) => a.id - b.id);
    expect(some).toEqual(expected.map(({ host, id }) => ({ host, id })));
  });
});
