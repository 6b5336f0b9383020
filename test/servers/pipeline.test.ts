import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Kafka, said } from './support/kafka.ts';
import { withServers } from './support/server.ts';

const topology = (name: string) => fileURLToPath(new URL(`../../topologies/${name}.yaml`, import.meta.url));

withServers(['kafka'], 'the topologies of the reference pipeline that need Kafka alone', () => {
  const kafka = new Kafka({ port: 19492 });
  beforeAll(() => kafka.start());
  afterAll(() => kafka.end());

  test('least-squares learns y = x from five points and says 6 for x = 6, as they come and once they are there', async () => {
    await kafka.create('points');
    const args = ['run', topology('least-squares'), '--fresh', '--set', `brokers=${kafka.address}`];
    const { child, ended } = kafka.weir(...args);
    const answer = said(child, /prediction.*\n/);
    const points = [1, 2, 3, 4, 5].map((n) => `{"x":${n},"y":${n}}`);
    await kafka.produceValues('points', [...points, '{"x":6}']);
    await answer;
    child.kill('SIGINT');
    const live = await ended;
    expect(live.code, live.stderr).toBe(0);
    expect(live.stdout).toBe('{"x":6,"prediction":6}\n');
    const again = await kafka.weir(...args, '--set', 'until=latest', '--set', 'group=again', '--threads', '2').ended;
    expect(again.code, again.stderr).toBe(0);
    expect(again.stdout).toBe('{"x":6,"prediction":6}\n');
  }, 60_000);

  test('kafka-print prints what comes to the topic test, and the group test knows how far it is', async () => {
    await kafka.create('test', 2);
    const lines = Array.from({ length: 20 }, (_, n) => `line ${n}`);
    const args = ['run', topology('kafka-print'), '--fresh', '--set', `brokers=${kafka.address}`];
    const { child, ended } = kafka.weir(...args);
    const last = said(child, new RegExp(`(?:.*\n){${lines.length}}`));
    await kafka.produceValues('test', lines);
    await last;
    child.kill('SIGINT');
    const { code, stdout, stderr } = await ended;
    expect(code, stderr).toBe(0);
    const printed = stdout.trimEnd().split('\n');
    expect(printed.sort()).toEqual(lines.map((line) => JSON.stringify({ line, key: null })).sort());
    const group = await kafka.tool('consumer.group.ConsumerGroupCommand', '--describe', '--group', 'test');
    const rows = group.split('\n').map((line) => line.trim().split(/\s+/));
    const lags = rows.filter(([name, topic]) => name === 'test' && topic === 'test').map((columns) => columns[5]);
    expect(
      lags.every((lag) => lag === '0'),
      group,
    ).toBe(true);
    expect(lags.length, group).toBeGreaterThan(0);
  }, 60_000);
});
