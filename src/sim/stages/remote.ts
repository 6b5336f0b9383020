import { sink } from '../../stage/definition.ts';
import { field } from '../../stage/field.ts';
import type { Row } from '../../stage/row.ts';

const NEWLINE = 10;

/** A system that takes records at least once, in files that outlive the process, and does not answer each time. */
export default sink({
  summary: 'A system that is away now and then.',
  since: '0.1.0',
  options: { path: field.path('The folder of what it has.') },
  delivery: 'at-least-once',
  proof: 'test/sim/forwarded.test.ts',
  examples: [],
  create({ path }, { disk, subtask, now }) {
    const file = `${path}${subtask}.ndjson`;
    let rows: Row[] = [];
    let flushes = Math.floor(now());
    return {
      write: (row) => void rows.push(row),
      async prepare() {
        if (rows.length === 0) return;
        if (++flushes % 4 === 0) throw new Error('nobody answers');
        // What a crash has left of a line is no record.
        const before = (await disk.read(file)) ?? new Uint8Array(0);
        const open = await disk.openAppend(file, { truncateTo: before.lastIndexOf(NEWLINE) + 1 });
        await open.append(new TextEncoder().encode(rows.map((row) => `${JSON.stringify(row)}\n`).join('')));
        await open.sync();
        await open.close();
        rows = [];
        // It has them, and the answer is lost.
        if (flushes % 4 === 2) throw new Error('no answer');
      },
    };
  },
});
