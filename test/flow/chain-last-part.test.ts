import { expect, test } from 'vitest';
import { KeyedStore } from '../../src/state/keyed.ts';
import { ChainRig } from './chain-rig.ts';

/** Counts its records; gives back what the parts of its checkpoints hold. */
function counting(over: boolean) {
  const rig = new ChainRig((context) => {
    const counts = context.keyed<{ n: number }>('counts', { create: () => ({ n: 0 }) });
    return { onRecord: () => void counts.update(0, 'all').n++ };
  });
  rig.batch({ x: 1 });
  rig.send({ kind: 'watermark', time: Number.POSITIVE_INFINITY }).send({ kind: 'end' }).run();
  rig.chain.requestBarrier(1, over);
  rig.send({ kind: 'barrier', epoch: 1 }).run();
  return rig;
}

const restored = async (rig: ChainRig) => {
  await expect.poll(() => rig.parts.length).toBe(1);
  const [keyed] = rig.parts[0]?.stages[0]?.keyed ?? [];
  const store = new KeyedStore<{ n: number }>({ create: () => ({ n: 0 }) });
  store.restore([[(keyed as { bytes: Uint8Array }).bytes]], 1, 1, () => true);
  return [...store.entries(0)];
};

test('what has come to its end keeps its state while others go on', async () => {
  expect(await restored(counting(false))).toEqual([['all', { n: 1 }]]);
});

test('the checkpoint that a run ends with holds none', async () => {
  expect(await restored(counting(true))).toEqual([]);
});
