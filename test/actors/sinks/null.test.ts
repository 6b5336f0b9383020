import { expect, test } from 'vitest';
import nothing from '../../../actors/sinks/null.ts';
import { MemoryDisk } from '../support/memory-disk.ts';
import { SinkRig } from '../support/sink-rig.ts';

test('takes everything and writes nothing', () => {
  const disk = new MemoryDisk();
  const rig = new SinkRig({ definition: nothing, options: {} }, disk);
  rig.push({ row: { id: 1 } });
  expect([rig.dead, rig.shown, disk.steps]).toEqual([[], [], 0]);
});
