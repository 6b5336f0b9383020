import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { AnswerLine } from '../../../actors/lib/lookup/answer-line.ts';
import lookup from '../../../actors/operators/lookup.ts';
import { topology } from '../../../src/index.ts';
import type { OperatorContext } from '../../../src/stage/operator.ts';
import { COLLECTING_SINK, collected, OperatorDriver, SCRIPTED_SOURCE } from '../../../src/testkit/index.ts';
import { tries } from '../../support/thorough.ts';
import { WebServer } from '../support/web-server.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'weir-lookup-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

describe('the line of records that wait', () => {
  /** A line whose questions are answered by number. */
  function rig(options: { concurrency: number; ordered: boolean }) {
    const answers: ((found: unknown) => void)[] = [];
    const at = { time: 0, order: 0, key: null };
    const line = new AnswerLine({ at, wake() {} } as unknown as OperatorContext, options);
    let order = 0;
    const add = (known: boolean) => {
      const n = order;
      at.order = order++;
      line.add({ n }, () => {
        if (known) return { found: n };
        return new Promise((resolve) => answers.push((found) => resolve({ found })));
      });
    };
    return { line, answers, add };
  }

  test('gives every record once with its own answer, in order if asked to, within its bound', async () => {
    const deeds = fc.array(fc.oneof(fc.constant('add'), fc.constant('known'), fc.nat(5)), { maxLength: 40 });
    await fc.assert(
      fc.asyncProperty(deeds, fc.integer({ min: 1, max: 4 }), fc.boolean(), async (list, concurrency, ordered) => {
        const { line, answers, add } = rig({ concurrency, ordered });
        const out: [unknown, number, unknown][] = [];
        const give = () =>
          line.give((row, { order }, answer) => out.push([row.n, order, 'found' in answer && answer.found]));
        let added = 0;
        const answerOne = async (i: number) => {
          const [one] = answers.splice(i % answers.length, 1);
          one?.('later');
          // Until the promise's own callbacks have run.
          await new Promise<void>((resolve) => setImmediate(resolve));
        };
        for (const deed of list) {
          if (typeof deed === 'number') await answerOne(deed);
          else {
            add(deed === 'known');
            added++;
          }
          expect(answers.length).toBeLessThanOrEqual(concurrency);
          give();
          const waiting = added - out.length;
          expect([line.pending, line.busy]).toEqual([waiting > 0, waiting >= concurrency]);
        }
        while (answers.length > 0) {
          await answerOne(0);
          give();
        }
        expect(line.pending).toBe(false);
        for (const [n, order, found] of out) expect([order, found === 'later' || found === n]).toEqual([n, true]);
        const numbers = out.map(([n]) => n as number);
        const all = Array.from({ length: added }, (_, n) => n);
        expect(ordered ? numbers : numbers.sort((a, b) => a - b)).toEqual(all);
      }),
      { numRuns: tries(50) },
    );
  });
});

describe('a file', () => {
  const csv = 'id,name\n1,Ann\n2,"Bob, B."\n2,Bob\n';
  const ndjson = '{"id":1,"name":"Ann"}\r\n\n{"id":2,"name":"Bob"}';
  const options = { on: 'user == id', select: { name: 'found.name' } };

  test.each([
    ['users.csv', csv],
    ['users.ndjson', ndjson],
  ])('%s is read before the first record passes', async (name, text) => {
    const file = join(folder, name);
    writeFileSync(file, text);
    const driver = new OperatorDriver(lookup, { ...options, file });
    driver.feed([{ user: 2 }, { user: 3 }, { user: 1 }, { user: null }]);
    expect(driver.out).toEqual([]);
    await driver.answered();
    expect(driver.take()).toEqual([{ name: 'Bob' }, { name: null }, { name: 'Ann' }, { name: null }]);
    // From now on there is nothing to wait for.
    expect(driver.push({ user: 1 }).take()).toEqual([{ name: 'Ann' }]);
    driver.close();
  });

  test.each([
    ['is not there', undefined],
    ['has a line that is no JSON', '{"id":1}\nno\n'],
    ['has a line that is no record', '[1]\n'],
  ])('that %s ends the stage', async (_, text) => {
    const file = join(folder, 'users.ndjson');
    if (text !== undefined) writeFileSync(file, text);
    const driver = new OperatorDriver(lookup, { ...options, file }).push({ user: 1 });
    await expect(driver.answered()).rejects.toMatchObject({ code: 'WEIR_LOOKUP_FILE' });
  });

  test('is read again when it has changed, and what was read before stays when it cannot be', async () => {
    const file = join(folder, 'users.ndjson');
    writeFileSync(file, '{"id":1,"name":"Ann"}\n');
    const driver = new OperatorDriver(lookup, { ...options, file, reload: '10s' });
    await driver.push({ user: 1 }).answered();
    const until = async (isSo: () => boolean) => {
      while (!isSo()) {
        if (driver.clock.pending > 0) driver.clock.advance(10_000);
        await new Promise<void>((resolve) => setImmediate(resolve));
      }
    };
    const name = () => driver.push({ user: 1 }).take()[0]?.name;
    driver.take();
    writeFileSync(file, 'no JSON\n');
    await until(() => driver.logs.length > 0);
    expect(name()).toBe('Ann');
    expect(driver.logs[0]).toMatch(/^warn .*users.ndjson: line 1.*stays$/);
    writeFileSync(file, '{"id":1,"name":"Ann B."}\n');
    await until(() => name() === 'Ann B.');
    driver.close();
  });
});

describe('a web server', () => {
  let server: WebServer;
  let url: string;
  const asked: string[] = [];
  beforeEach(async () => {
    server = new WebServer();
    url = await server.listen();
    asked.length = 0;
  });
  afterEach(() => server.close());
  const driverOf = (more: object = {}) =>
    new OperatorDriver(lookup, { url: `${url}?user=\${user}`, select: { n: 'n', name: 'found.name' }, ...more });

  test('is asked once for the same, and not again while the answer is good', async () => {
    server.reply = () => ({ status: 200, text: '{"name":"Ann"}' });
    const driver = driverOf({ cache: { for: '1m' } });
    await driver
      .feed([
        { n: 1, user: 'a' },
        { n: 2, user: 'a' },
      ])
      .answered();
    expect(driver.push({ n: 3, user: 'a' }).take()).toEqual([1, 2, 3].map((n) => ({ n, name: 'Ann' })));
    expect(server.calls).toHaveLength(1);
    driver.clock.advance(60_000);
    await driver.push({ n: 4, user: 'a' }).answered();
    expect(server.calls).toHaveLength(2);
    driver.close();
  });

  test('that has nothing gives null, which is kept for its own time', async () => {
    server.reply = () => ({ status: 404 });
    const driver = driverOf({ required: true, cache: { missFor: '5s' } });
    await driver.push({ n: 1, user: 'a' }).answered();
    driver.push({ n: 2, user: 'a' });
    driver.clock.advance(5000);
    await driver.push({ n: 3, user: 'a' }).answered();
    expect(server.calls).toHaveLength(2);
    expect(driver.sides.map(({ name, row }) => [name, row.n])).toEqual([1, 2, 3].map((n) => ['unmatched', n]));
    driver.close();
  });

  test('keeps no more answers than it may', async () => {
    server.reply = () => ({ status: 200, text: '1' });
    const driver = driverOf({ cache: { rows: 2 } });
    for (const user of ['a', 'b', 'a', 'c', 'a', 'b']) await driver.push({ user }).answered();
    // b was the least recently used when c came.
    expect(server.calls).toHaveLength(4);
    driver.close();
  });

  test('is asked again after waits, by the clock, until it answers', async () => {
    server.reply = (_, number) => (number < 4 ? { status: 503 } : { status: 200, text: '{"name":"Ann"}' });
    const driver = driverOf({ retries: 3, timeout: '1h' }).push({ n: 1, user: 'a' });
    for (let tries = 1; tries <= 3; tries++) {
      await server.came(tries);
      // The try's own timeout gives way to the wait.
      while (driver.clock.untilNext === undefined || driver.clock.untilNext > 1000) {
        await new Promise<void>((resolve) => setImmediate(resolve));
      }
      driver.clock.advance(driver.clock.untilNext);
    }
    await driver.answered();
    expect(driver.take()).toEqual([{ n: 1, name: 'Ann' }]);
    driver.close();
  });

  test.each([
    ['a status that is no answer', { status: 403 }],
    ['no JSON', { status: 200, text: 'hello' }],
    ['too long an answer', { status: 200, text: `"${'x'.repeat(1 << 20)}"` }],
    ['a status to try again, too often', { status: 500 }],
    ['a broken connection', 'reset'],
  ] as const)('%s makes a dead letter, or null', async (_, reply) => {
    server.reply = () => reply as never;
    const dead = await driverOf({ retries: 0 }).push({ n: 1, user: 'a' }, { time: 7, key: 'k' }).answered();
    expect(dead.dead).toMatchObject([{ code: 'WEIR_LOOKUP_HTTP', input: { n: 1 } }]);
    const driver = await driverOf({ retries: 0, onFailure: 'null' }).push({ n: 1, user: 'a' }).answered();
    expect(driver.take()).toEqual([{ n: 1, name: null }]);
    for (const each of [dead, driver]) each.close();
  });

  test('whose answer of several lines is no JSON is told in one', async () => {
    server.reply = () => ({ status: 200, text: 'x\r\n2026 started\n' });
    const driver = await driverOf({ retries: 0 }).push({ n: 1, user: 'a' }).answered();
    expect(driver.dead[0]?.reason).toContain('no JSON');
    expect(driver.dead[0]?.reason).toMatch(/^[^\r\n]*x 2026 started[^\r\n]*$/);
    driver.close();
  });

  test('that never answers is given up at the timeout', async () => {
    server.reply = () => 'hang';
    const driver = driverOf({ retries: 0, timeout: '3s' }).push({ n: 1, user: 'a' });
    await server.came(1);
    driver.clock.advance(3000);
    await driver.answered();
    expect(driver.dead[0]?.reason).toContain('no answer within 3000 ms');
    driver.close();
  });

  test('gets what stands in the holes encoded, and no question with null', async () => {
    const { createServer } = await import('node:http');
    const paths: string[] = [];
    const http = createServer((request, response) => {
      paths.push(request.url as string);
      response.end('{}');
    });
    await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
    const { port } = http.address() as { port: number };
    const driver = new OperatorDriver(lookup, { url: `http://127.0.0.1:${port}/u/\${user}/x?y=\${n}`, as: 'f' });
    await driver
      .feed([
        { user: '../a b?&', n: 1 },
        { user: null, n: 2 },
        { user: '\ud800', n: 3 },
      ])
      .answered();
    expect(paths.sort()).toEqual(['/u/%EF%BF%BD/x?y=3', '/u/..%2Fa%20b%3F%26/x?y=1']);
    expect(driver.take().map(({ f }) => f)).toEqual([{}, null, {}]);
    driver.close();
    http.close();
  });

  test('of many questions has as many at the same time as allowed, and records stay in order', async () => {
    let open = 0;
    let most = 0;
    const held: (() => void)[] = [];
    server.reply = async () => {
      most = Math.max(most, ++open);
      await new Promise<void>((resolve) => held.push(resolve));
      open--;
      return { status: 200, text: '{"name":"x"}' };
    };
    const driver = driverOf({ concurrency: 3 });
    for (let n = 0; n < 10; n++) driver.push({ n, user: n });
    expect(driver.busy).toBe(true);
    const done = driver.answered();
    for (let answered = 0; answered < 10; answered++) {
      while (held.length < Math.min(3, 10 - answered)) await new Promise<void>((resolve) => setImmediate(resolve));
      // The one that came last is answered first.
      held.pop()?.();
    }
    await done;
    expect(most).toBe(3);
    expect(driver.take().map(({ n }) => n)).toEqual(Array.from({ length: 10 }, (_, n) => n));
    driver.close();
  });

  test('is asked from a topology, where nothing is late behind it', async () => {
    server.reply = () => ({ status: 200, text: '{"name":"Ann"}' });
    const script = Array.from({ length: 500 }, (_, n) => ({ row: { n, user: n % 50 }, time: n * 10 }));
    const t = topology('asking');
    t.source(SCRIPTED_SOURCE, { script })
      .use('lookup', { url: `${url}?user=\${user}`, as: 'of', select: { name: 'of.name' }, cache: { rows: 10 } })
      .key('name')
      .window({ tumbling: '1s' })
      .aggregate({ n: 'count()' })
      .to(COLLECTING_SINK, { into: 'asked' });
    const running = await t.run({ threads: 0, state: join(folder, 'state'), fresh: true });
    expect(await running.finished).toMatchObject({ late: 0, deadLetters: 0 });
    expect(collected('asked').map(({ row }) => row.n)).toEqual([100, 100, 100, 100, 100]);
  });
});

test.each([
  ['nothing to ask', {}],
  ['two things to ask', { rows: [], file: 'a.csv', on: 'id' }],
  ['a table without a match', { rows: [] }],
  ['a table that is none', { rows: 7, on: 'id' }],
])('%s is refused', (_, options) => {
  expect(() => new OperatorDriver(lookup, options)).toThrow(expect.objectContaining({ code: 'WEIR_OPTION' }));
});
