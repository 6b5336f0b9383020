import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Ended, Kafka, logged, RUNNING } from './support/kafka.ts';
import { SMOKE, withServers, withServersInFull } from './support/server.ts';

const PER_SECOND = 5000;
const RECORDS = SMOKE ? 40_000 : 100_000;

/** One of several processes that read a topic together and write another. `more` are options of the source. */
const member = (topic: string, out: string, more = '') => `
checkpoint: { every: 200ms }
streams:
  in:
    source: { kafka: { topics: ${topic}, brokers: BROKER, group: ${topic}, share: true${more} } }
    to: { kafka: { topic: ${out}, brokers: BROKER, key: id } }
`;

const expected = Array.from({ length: RECORDS }, (_, n) => `{"id":${n}}`).sort();

/** A broker, topics that fill while they are read, and who reads them. */
class Sharing extends Kafka {
  /** Fills a topic of four partitions at a rate. `ended` resolves when it is full. */
  async filling(topic: string): Promise<{ ended: Promise<Ended> }> {
    await this.create(topic, 4);
    await this.create(`${topic}-out`, 2);
    const file = await this.topology(
      `fill-${topic}`,
      `
streams:
  in:
    source: { generate: { count: ${RECORDS}, rate: ${PER_SECOND}, fields: { id: n } } }
    to: { kafka: { topic: ${topic}, brokers: BROKER } }
`,
    );
    return this.weir('run', file, '--fresh');
  }

  /** How many read the group's partitions, and how much is left to read, by Kafka's own tool. */
  async group(topic: string) {
    const text = await this.tool('consumer.group.ConsumerGroupCommand', '--describe', '--group', topic);
    const rows = text.split('\n').filter((line) => line.startsWith(topic));
    const columns = rows.map((row) => row.trim().split(/\s+/));
    return {
      readers: new Set(columns.map((row) => row[6]).filter((reader) => reader !== '-')).size,
      partitions: columns.length,
      lag: columns.reduce((sum, row) => sum + (row[5] === '-' ? Number.POSITIVE_INFINITY : Number(row[5])), 0),
    };
  }

  async allRead(topic: string): Promise<void> {
    await this.until(async () => {
      const { partitions, lag } = await this.group(topic);
      return partitions === 4 && lag === 0;
    });
  }

  async readers(topic: string, count: number): Promise<void> {
    await this.until(async () => (await this.group(topic)).readers === count);
  }
}

withServers(['kafka'], 'kafka, partitions shared by processes', () => {
  const kafka = new Sharing();
  beforeAll(() => kafka.start());
  afterAll(() => kafka.end());

  test('partitions pass between processes that come and leave, and every record is read once', async () => {
    const filled = await kafka.filling('passed');
    const one = await kafka.topology('one', member('passed', 'passed-out'));
    const two = await kafka.topology('two', member('passed', 'passed-out'));
    const first = kafka.weir('run', one);
    await logged(first.child, RUNNING);
    const second = kafka.weir('run', two, '--threads', '2');
    await kafka.readers('passed', 2);
    first.child.kill('SIGINT');
    expect((await first.ended).code).toBe(0);
    const again = kafka.weir('run', one);
    await kafka.readers('passed', 2);
    expect((await filled.ended).code).toBe(0);
    await kafka.allRead('passed');
    for (const { child } of [again, second]) child.kill('SIGINT');
    for (const { ended } of [again, second]) {
      const { code, stderr } = await ended;
      expect(code, stderr).toBe(0);
    }
    expect((await kafka.read('passed-out')).sort()).toEqual(expected);
  }, 240_000);
});

withServersInFull(['kafka'], 'kafka, processes that share are killed, and one is not Weir', () => {
  const kafka = new Sharing();
  beforeAll(() => kafka.start());
  afterAll(() => kafka.end());

  test('a member that is killed comes back to its partitions, and every record is read once', async () => {
    const filled = await kafka.filling('kept');
    const one = await kafka.topology('kept-one', member('kept', 'kept-out', ', member: one'));
    const two = await kafka.topology('kept-two', member('kept', 'kept-out', ', member: two'));
    let first = kafka.weir('run', one);
    const second = kafka.weir('run', two);
    await kafka.readers('kept', 2);
    for (let kill = 0; kill < 6; kill++) {
      first.child.kill('SIGKILL');
      await first.ended;
      first = kafka.weir('run', one);
      await logged(first.child, /joined group/);
    }
    expect((await filled.ended).code).toBe(0);
    await kafka.allRead('kept');
    for (const { child } of [first, second]) child.kill('SIGINT');
    await Promise.all([first.ended, second.ended]);
    expect((await kafka.read('kept-out')).sort()).toEqual(expected);
  }, 240_000);

  test('of a process that dies others read the partitions on, and nothing is lost', async () => {
    const filled = await kafka.filling('left');
    const one = await kafka.topology('left-one', member('left', 'left-out', ', session: 6s'));
    const two = await kafka.topology('left-two', member('left', 'left-out', ', session: 6s'));
    const first = kafka.weir('run', one);
    const second = kafka.weir('run', two);
    await kafka.readers('left', 2);
    first.child.kill('SIGKILL');
    await first.ended;
    expect((await filled.ended).code).toBe(0);
    await kafka.allRead('left');
    // What its last checkpoint had prepared is made visible when it comes back.
    const back = kafka.weir('run', one);
    await logged(back.child, /joined group/);
    for (const { child } of [back, second]) child.kill('SIGINT');
    await Promise.all([back.ended, second.ended]);
    const seen = new Set(await kafka.read('left-out'));
    expect(expected.filter((line) => !seen.has(line))).toEqual([]);
  }, 240_000);

  test.each(['kafka', 'weir'])(
    "Kafka's own consumer shares a group with Weir; who deals out is %s",
    async (first) => {
      const topic = `dealt-by-${first}`;
      const filled = await kafka.filling(topic);
      const file = await kafka.topology(`with-${first}`, member(topic, `${topic}-out`));
      const rule = 'partition.assignment.strategy=org.apache.kafka.clients.consumer.CooperativeStickyAssignor';
      const begin = {
        kafka: () =>
          kafka.tool(
            'consumer.ConsoleConsumer',
            ...['--topic', topic, '--group', topic, '--timeout-ms', '10000'],
            ...['--command-property', rule, '--command-property', 'auto.offset.reset=earliest'],
          ),
        weir: () => kafka.weir('run', file),
      };
      let reading = first === 'kafka' ? begin.kafka() : undefined;
      const weir = begin.weir();
      if (reading === undefined) {
        await kafka.readers(topic, 1);
        reading = begin.kafka();
      }
      await kafka.readers(topic, 2);
      expect((await filled.ended).code).toBe(0);
      const taken = (await reading).split('\n');
      expect(taken.length).toBeGreaterThan(1);
      await kafka.allRead(topic);
      weir.child.kill('SIGINT');
      const { code, stderr } = await weir.ended;
      expect(code, stderr).toBe(0);
      const given = await kafka.read(`${topic}-out`);
      expect(given.length).toBeGreaterThan(1);
      const seen = new Set([...taken, ...given]);
      expect(expected.filter((line) => !seen.has(line))).toEqual([]);
    },
    240_000,
  );
});
