import { expect, test } from 'vitest';
import { ChainRig } from './chain-rig.ts';

/** Gives the time at every look at the clock; `portions` is how many calls each takes. */
function ticking(portions = 1) {
  return () => {
    let left = portions;
    return {
      onRecord() {},
      onTick(now: number, out: { emitAt(row: object, time: number, order: number, key: null): void }) {
        out.emitAt({ now }, now, 0, null);
        left = left === 1 ? portions : left - 1;
        return left < portions;
      },
    };
  };
}

test('an operator that goes by the clock is called when its chain is woken, at most ten times a second', () => {
  const rig = new ChainRig(ticking());
  rig.run().run();
  expect(rig.take()).toEqual([{ now: 0 }]);
  rig.clock.advance(99);
  expect(rig.run().take()).toEqual([]);
  rig.clock.advance(1);
  expect(rig.run().take()).toEqual([{ now: 100 }]);
});

test('portions follow one another at once', () => {
  const rig = new ChainRig(ticking(3));
  expect(rig.run().take()).toEqual([{ now: 0 }, { now: 0 }, { now: 0 }]);
});

test('nothing comes behind the end of event time', () => {
  const rig = new ChainRig(ticking());
  rig.run().take();
  rig.send({ kind: 'watermark', time: Number.POSITIVE_INFINITY }).run();
  rig.clock.advance(1000);
  rig.run();
  rig.send({ kind: 'end' }).run();
  rig.clock.advance(1000);
  expect(rig.run().take()).toEqual(['watermark Infinity', 'end']);
});
