// What a learner knows must come back exactly: a run that is killed again and again predicts what one run predicts.
import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'vitest';
import { prng } from '../../src/base/prng.ts';
import { running, weir } from '../nexmark/cli.ts';
import { freshFolder } from '../support/folder.ts';
import { THOROUGH, testInTurn } from '../support/thorough.ts';

const folder = freshFolder();
const KILLS = THOROUGH ? 5 : 1;
const seed = process.env.WEIR_TEST_SEED ?? String(process.pid);

/** A concept that turns round half way, in two keys, some records late in their order. */
function rows(count: number) {
  const random = prng('learner-kill');
  return Array.from({ length: count }, (_, i) => {
    const [a, b] = [random() * 4 - 2, random() * 100];
    const turned = i < count / 2 ? 1 : -1;
    return {
      id: i,
      at: i * 10 + Math.floor(random() * 100),
      half: i % 2,
      a,
      b,
      y: turned * (3 * a - b / 10) + random(),
    };
  });
}

testInTurn(
  'predictions of a run that is killed are those of one that is not, bit for bit',
  async () => {
    folder.writeRows('rows', rows(8000));
    folder.write(
      't.yaml',
      `name: t
params: { output: {} }
checkpoint: { every: 20ms }
streams:
  rows:
    source: { file: { path: ${folder.at('rows')}, codec: ndjson } }
    time: { at: at, outOfOrder: 200ms }
    do: [{ key: half }, { memory-mix: { target: y, features: [a, b], cosines: 30 } }]
    to: { file: { path: "\${output}" } }
`,
    );
    const run = (name: string, threads: number) =>
      weir(
        [
          'run',
          folder.at('t.yaml'),
          '--set',
          `output=${folder.at(name)}`,
          '--state',
          folder.at(`state-${name}`),
        ].concat(['--threads', String(threads)]),
      );
    const whole = await run('whole', 1).ended;
    expect(whole.code, whole.stderr).toBe(0);
    const random = prng(seed);
    let kills = 0;
    for (let withinMs = 600; ; withinMs /= 1.5) {
      const { child, ended } = run('killed', 2 - (kills % 2));
      if (kills < KILLS) {
        await Promise.race([running(child), ended]);
        await Promise.race([sleep(random() * withinMs), ended]);
        child.kill('SIGKILL');
      }
      const { code, signal, stderr } = await ended;
      if (signal === 'SIGKILL') kills++;
      else {
        expect(code, stderr).toBe(0);
        if (kills === KILLS) break;
      }
    }
    const byId = (name: string) => folder.rows(name).sort((a, b) => a.id - b.id);
    expect(byId('killed'), `seed ${seed}`).toEqual(byId('whole'));
  },
  300_000,
);
