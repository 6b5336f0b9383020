// Rows of seven columns a second into Parquet, through the sink's own writer and through hyparquet-writer in a loop.
// npm run build && node bench/micro/parquet.mjs
import { ByteWriter, ParquetWriter, schemaFromColumnData } from 'hyparquet-writer';
import parquet from '../../dist/actors/sinks/parquet.js';
import { SinkDriver } from '../../dist/src/testkit/sink-driver.js';

/** Time of the processor: others on the machine do not count. */
const cpuMs = () => process.cpuUsage().user / 1000;
const ROWS = 65_536;
const GROUPS = 16;
const WORDS = ['alpha', 'beta', 'gamma', 'delta'];
const rows = Array.from({ length: ROWS }, (_, i) => ({
  id: i,
  at: 1.7e12 + i,
  load: Math.abs(Math.sin(i)) * 100,
  core: i % 7,
  host: WORDS[i % 4],
  user: `user-${(i * 7919) % 50_000}`,
  ok: i % 3 === 0,
}));
const schema = { id: 'int', at: 'time', load: 'number', core: 'number', host: 'text', user: 'text', ok: 'bool' };

async function weir() {
  const driver = await SinkDriver.open(parquet, { path: 'out/', schema });
  const begun = cpuMs();
  for (let group = 0; group < GROUPS; group++) for (const row of rows) driver.write(row);
  const ms = cpuMs() - begun;
  await driver.close();
  return ms;
}

/** The plain client: columns gathered row by row, then written. */
function plain() {
  const begun = cpuMs();
  const types = { int: 'DOUBLE', time: 'DOUBLE', number: 'DOUBLE', text: 'STRING', bool: 'BOOLEAN' };
  const writer = new ByteWriter();
  let parquetWriter;
  for (let group = 0; group < GROUPS; group++) {
    const columnData = Object.keys(schema).map((name) => ({ name, type: types[schema[name]], data: [] }));
    for (const row of rows) for (const column of columnData) column.data.push(row[column.name]);
    parquetWriter ??= new ParquetWriter({ writer, schema: schemaFromColumnData({ columnData }) });
    parquetWriter.write({ columnData, rowGroupSize: ROWS });
  }
  parquetWriter.finish();
  return cpuMs() - begun;
}

const perSecond = (ms) => Math.round((ROWS * GROUPS * 1000) / ms);
for (let round = 1; round <= 4; round++) {
  const [ours, theirs] = [perSecond(await weir()), perSecond(plain())];
  console.log(
    `round ${round}: weir ${ours} rows/s, hyparquet-writer ${theirs} rows/s, ratio ${(ours / theirs).toFixed(2)}`,
  );
}
