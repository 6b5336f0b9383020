import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { prng } from '../../src/base/prng.ts';
import { THOROUGH } from '../support/thorough.ts';
import { running, weir } from './cli.ts';
import { KILLED } from './killed.ts';
import { Stream } from './streams.ts';

/** One while one works on it, as many as are asked for in `.ci/run`. */
const KILLS = THOROUGH ? 5 : 1;

let stream: Stream;
beforeAll(async () => {
  stream = await Stream.of({ events: KILLS === 1 ? 60_000 : 100_000, seed: 11, rate: 2000, shuffleMs: 2000 });
});
afterAll(() => stream.end());

/** A process more than that, and some more, on a machine that may be busy. */
const TIMEOUT_MS = 300_000;
const seed = process.env.WEIR_TEST_SEED ?? String(process.pid);

test.each(KILLED)(
  `%s, killed ${KILLS === 1 ? 'once' : `${KILLS} times`} at random moments, leaves exactly its rows`,
  async (query) => {
    const random = prng(`${seed} ${query}`);
    // A run that comes to its end before its fifth kill is followed by one that begins anew and is killed sooner.
    let withinMs = 250;
    for (let kills = 0; ; withinMs /= 2) {
      for (;;) {
        // It comes back with another number of threads.
        const { child, ended } = weir(stream.arguments(query, 'killed', 2 - (kills % 2), '20ms'));
        if (kills < KILLS) {
          await Promise.race([running(child), ended]);
          // The moment is what is drawn; a loaded machine only shifts it.
          await Promise.race([sleep(random() * withinMs), ended]);
          child.kill('SIGKILL');
        }
        const { code, signal, stderr } = await ended;
        if (signal !== 'SIGKILL') {
          expect(code, stderr).toBe(0);
          break;
        }
        kills++;
      }
      const { rows, faults } = await stream.check(query, 'killed');
      expect(faults, `seed ${seed}, ${kills} kills`).toEqual([]);
      expect(rows).toBeGreaterThan(0);
      if (kills === KILLS) return;
    }
  },
  TIMEOUT_MS,
);
