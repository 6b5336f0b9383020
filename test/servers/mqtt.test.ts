import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { weir } from '../nexmark/cli.ts';
import { freshFolder } from '../support/folder.ts';
import { CA } from '../support/tls.ts';
import { logged, RUNNING } from './support/kafka.ts';
import { broker as brokerOf, numbers, PORT, publish, records, SECURE, until, url } from './support/mqtt.ts';
import { failing, runStream, toEnd } from './support/runs.ts';
import { withServers } from './support/server.ts';

const WAIT_MS = 60_000;
const MODES = [
  ['5', '0'],
  ['5', '1'],
  ['5', '2'],
  ['3.1.1', '1'],
  ['3.1.1', '2'],
] as const;

/** Mosquitto's own subscriber: what it prints, once it has so many messages. */
async function subscriber(topic: string, count: number, ...how: string[]): Promise<{ lines: Promise<string[]> }> {
  const args = ['-p', String(PORT), '-d', '-t', topic, '-C', String(count), '-W', '50', '-F', '%t %q %r %p', ...how];
  const child = spawn('stdbuf', ['-oL', 'mosquitto_sub', ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
  let text = '';
  let subscribed = () => {};
  const ready = new Promise<void>((resolve) => {
    subscribed = resolve;
  });
  child.stdout.on('data', (bytes) => {
    text += bytes;
    if (/Subscribed/.test(text)) subscribed();
  });
  const lines = new Promise<string[]>((resolve) =>
    child.on('close', () => resolve(text.split('\n').filter((line) => /^\S+ [012] [01] /.test(line)))),
  );
  await ready;
  return { lines };
}

withServers(['mosquitto'], 'mqtt', () => {
  const broker = brokerOf();
  const folder = freshFolder();
  beforeAll(() => broker.start().then(() => {}), 120_000);
  afterAll(() => broker.wipe());

  const ids = (name = 'out.ndjson') =>
    existsSync(folder.at(name)) ? folder.rows(name).map(({ id }) => id as number) : [];
  const holds = (all: readonly number[]) => () => new Set(ids()).size >= all.length;
  const source = (topics: string, how: object = {}) => ({ mqtt: { topics, url, ...how } });

  describe.each(MODES)('version %s, QoS %s', (version, qos) => {
    const topic = `both/${version}/${qos}`;

    test(
      'what Weir publishes, Mosquitto’s own subscriber has',
      async () => {
        const { lines } = await subscriber(`${topic}/+`, 500, '-q', '2');
        const generated = { generate: { count: 500, fields: { id: 'n' } } };
        const to = { mqtt: { topic: `${topic}/\${id % 2}`, url, version, qos } };
        await toEnd(runStream(folder, { source: generated, to }, { fresh: true }));
        const expected = numbers(500).map((id) => `${topic}/${id % 2} ${qos} 0 {"id":${id}}`);
        expect((await lines).sort()).toEqual(expected.sort());
      },
      WAIT_MS,
    );

    test(
      'what Mosquitto’s own publisher sends, Weir has, with its topic',
      async () => {
        const add = { topic: 'topic', retained: 'retained', qos: 'qos', again: 'duplicate' };
        const running = runStream(folder, {
          source: source(`${topic}/#`, { version, qos, add }),
          to: { file: 'out.ndjson' },
        });
        await logged(running.child, RUNNING);
        const all = numbers(300);
        await publish(`${topic}/a/b`, records(all), '-q', qos);
        await until(holds(all));
        running.child.kill('SIGINT');
        await toEnd(running);
        const expected = all.map((id) => ({
          id,
          topic: `${topic}/a/b`,
          retained: false,
          qos: Number(qos),
          again: false,
        }));
        expect(folder.rows('out.ndjson')).toEqual(expected);
      },
      WAIT_MS,
    );
  });

  test(
    'retained messages, and messages that are no records',
    async () => {
      await publish('kept/1', ['{"id":1}'], '-r');
      await publish('kept/2', ['no json'], '-r');
      const running = runStream(folder, {
        source: source('kept/+', { add: { kept: 'retained' } }),
        to: { file: 'out.ndjson' },
      });
      await until(() => ids().length > 0);
      running.child.kill('SIGINT');
      const said = await toEnd(running);
      expect(folder.rows('out.ndjson')).toEqual([{ id: 1, kept: true }]);
      expect(said).toMatch(/1 dead letter/);
      const { lines } = await subscriber('state/#', 1);
      const to = { mqtt: { topic: 'state/a', url, retain: true } };
      await toEnd(runStream(folder, { source: { generate: { count: 3, fields: { id: 'n' } } }, to }, { fresh: true }));
      await lines;
      const late = await subscriber('state/#', 1, '-q', '1');
      expect(await late.lines).toEqual(['state/a 1 1 {"id":2}']);
    },
    WAIT_MS,
  );

  test.each(['5', '3.1.1'])(
    'a session goes on after a stop: version %s',
    async (version) => {
      const topic = `resumed/${version}`;
      const stream = { source: source(topic, { version, clientId: `resumed-${version}` }), to: { file: 'out.ndjson' } };
      const first = runStream(folder, stream);
      await logged(first.child, RUNNING);
      await publish(topic, records(numbers(50)), '-q', '1');
      await until(holds(numbers(50)));
      first.child.kill('SIGINT');
      await toEnd(first);
      await publish(topic, records(numbers(50, 50)), '-q', '1');
      const second = runStream(folder, stream);
      await until(holds(numbers(100)));
      second.child.kill('SIGINT');
      await toEnd(second);
      expect(ids()).toEqual(numbers(100));
    },
    WAIT_MS,
  );

  test.each(['1', '2'])(
    'killed before its checkpoint: what was not in it comes again, QoS %s',
    async (qos) => {
      const topic = `killed/${qos}`;
      const stream = {
        source: source(topic, { qos, clientId: `killed-${qos}` }),
        to: { file: 'out.ndjson', stdout: {} },
      };
      const { file: _, stdout: __ } = stream.to;
      const both = { source: stream.source, to: [{ file: 'out.ndjson' }, 'stdout'] };
      const first = runStream(folder, both, { checkpoint: '10m' });
      let printed = '';
      first.child.stdout?.on('data', (bytes) => (printed += bytes));
      await logged(first.child, RUNNING);
      // More than the 20 that Mosquitto sends without an acknowledgement if nobody says otherwise.
      const all = numbers(200);
      await publish(topic, records(all), '-q', qos);
      await until(() => all.every((id) => printed.includes(`{"id":${id}}`)));
      first.child.kill('SIGKILL');
      await first.ended;
      expect(ids()).toEqual([]);
      const second = runStream(folder, both);
      await until(holds(all));
      second.child.kill('SIGINT');
      await toEnd(second);
      expect(ids().sort((a, b) => a - b)).toEqual(all);
    },
    WAIT_MS,
  );

  test(
    'the will is published when Weir is killed, and not when it stops',
    async () => {
      const will = { topic: 'wills/1', payload: 'gone' };
      const start = async () => {
        const running = runStream(
          folder,
          { source: source('quiet/#', { will }), to: { file: 'out.ndjson' } },
          { fresh: true },
        );
        await logged(running.child, RUNNING);
        return running;
      };
      const { lines } = await subscriber('wills/#', 2);
      const stopped = await start();
      stopped.child.kill('SIGINT');
      await toEnd(stopped);
      await publish('wills/2', ['between']);
      const killed = await start();
      killed.child.kill('SIGKILL');
      expect(await lines).toEqual(['wills/2 0 0 between', 'wills/1 0 0 gone']);
    },
    WAIT_MS,
  );

  test(
    'a login over TLS',
    async () => {
      const secure = { url: `mqtts://127.0.0.1:${SECURE}`, user: 'weir', password: 'weir-secret', tls: { ca: CA } };
      const { lines } = await subscriber('secure', 3);
      const generated = { generate: { count: 3, fields: { id: 'n' } } };
      await toEnd(
        runStream(folder, { source: generated, to: { mqtt: { topic: 'secure', ...secure } } }, { fresh: true }),
      );
      expect(await lines).toHaveLength(3);
    },
    WAIT_MS,
  );

  test.each([
    ['a wrong password', { password: 'wrong-secret' }, /WEIR_MQTT_AUTH/],
    ['a certificate of nobody we trust', { tls: {} }, /WEIR_MQTT_TLS/],
    ['no TLS there', { url: `mqtts://127.0.0.1:${PORT}` }, /WEIR_MQTT_(?:CONNECT|TLS)/],
    ['nobody there', { url: 'mqtt://127.0.0.1:19189', tls: undefined }, /WEIR_MQTT_CONNECT/],
  ])(
    '%s ends the run, and check --connect finds it',
    async (_, how, code) => {
      const base = { url: `mqtts://127.0.0.1:${SECURE}`, user: 'weir', password: 'weir-secret', tls: { ca: CA } };
      const stream = { source: { mqtt: { topics: 'a', ...base, ...how } }, to: { file: 'out.ndjson' } };
      const said = await failing(runStream(folder, stream, { fresh: true }));
      expect(said).toMatch(code);
      expect(said).not.toMatch(/wrong-secret/);
      const checked = await weir(['check', 't.yaml', '--connect'], folder.path).ended;
      expect(checked.stdout + checked.stderr).toMatch(code);
      expect(checked.code).not.toBe(0);
    },
    WAIT_MS,
  );
});
