import { validateTopic } from 'mqtt';
import { describe, expect, test, vi } from 'vitest';
import { clock } from '../../../actors/lib/connect/clock.ts';
import { Acks } from '../../../actors/lib/mqtt/acks.ts';
import { permanentFault } from '../../../actors/lib/mqtt/faults.ts';
import { filterProblem, topicProblem } from '../../../actors/lib/mqtt/options.ts';
import { MqttSession } from '../../../actors/lib/mqtt/session.ts';
import sink from '../../../actors/sinks/mqtt.ts';
import source from '../../../actors/sources/mqtt.ts';
import { prng } from '../../../src/base/prng.ts';
import { materializeSync } from '../../../src/topology/options.ts';
import { tries } from '../../support/thorough.ts';

test('filters are those that the client library takes', () => {
  const random = prng('mqtt-filters');
  const parts = ['a', '/', '+', '#', 'é', '/', '/'];
  for (let i = 0; i < tries(20_000); i++) {
    const text = Array.from(
      { length: 1 + Math.floor(random() * 6) },
      () => parts[Math.floor(random() * parts.length)],
    ).join('');
    expect(filterProblem(text) === undefined, text).toBe(validateTopic(text));
    expect(topicProblem(text) === undefined, text).toBe(!/[+#]/.test(text));
  }
});

test.each([
  [source, { topics: ['a/#/b'] }],
  [source, { topics: [] }],
  [source, { topics: ['a'], password: 'x' }],
  [source, { topics: ['a'], tls: {} }],
  [source, { topics: ['a'], url: 'mqtt://me:secret@host' }],
  [source, { topics: ['a'], will: { topic: 'a/+' } }],
  [sink, { topic: 'a/+' }],
  [sink, { topic: 'a', url: 'mqtts://host', tls: { cert: 'c.pem' } }],
] as const)('%# is refused', (definition, options) => {
  const given = materializeSync(definition.options, options as Record<string, unknown>);
  const refuse = definition.refuse as (options: unknown) => void;
  expect(() => refuse(given)).toThrow(expect.objectContaining({ code: 'WEIR_OPTION' }));
});

test.each([
  [{ code: 5 }, 'WEIR_MQTT_AUTH'],
  [{ code: 134 }, 'WEIR_MQTT_AUTH'],
  [{ code: 1 }, 'WEIR_MQTT_VERSION'],
  [{ code: 133 }, 'WEIR_MQTT_CLIENT'],
  [{ code: 142 }, 'WEIR_MQTT_TAKEN'],
  [{ code: 'SELF_SIGNED_CERT_IN_CHAIN' }, 'WEIR_MQTT_TLS'],
  [{ code: 'ECONNREFUSED' }, undefined],
  [{ code: 3 }, undefined],
  [{ code: 137 }, undefined],
  [{}, undefined],
])('%j is %s', (error, code) => {
  expect(permanentFault(error, 'MQTT broker mqtt://host')?.code).toBe(code);
});

describe('acknowledgements', () => {
  /**
   * A broker that keeps what is not acknowledged and sends it again, and a source that takes, gives and falls behind at random. A
   * checkpoint holds all that was given before it.
   */
  test('nothing is acknowledged before a checkpoint holds it, nothing is taken twice in a life, and all is acknowledged in the end', () => {
    const random = prng('mqtt-acks');
    for (let round = 0; round < tries(2000); round++) {
      const acks = new Acks();
      const owed = new Map<number, number>();
      const free = [1, 2, 3, 4, 5];
      const taken: { id: number; message: number }[] = [];
      const given: number[] = [];
      const durable = new Set<number>();
      const seen = new Set<number>();
      let next = 0;
      let connection = 0;
      const arrive = (id: number, message: number, isAgain: boolean) => {
        if (acks.take(id, isAgain, message)) {
          expect(seen.has(message)).toBe(false);
          seen.add(message);
          taken.push({ id, message });
        }
        const at = connection;
        acks.ready(id, () => {
          expect(at).toBe(connection);
          expect(durable.has(message)).toBe(true);
          owed.delete(id);
          free.push(id);
        });
      };
      const give = () => {
        const one = taken.shift();
        if (one === undefined) return;
        given.push(one.message);
        acks.given(one.id, one.message, given.length);
      };
      const checkpoint = () => {
        for (const message of given) durable.add(message);
        acks.committed(given.length);
      };
      const again = () => {
        acks.lost();
        connection++;
        for (const [id, message] of [...owed]) arrive(id, message, true);
      };
      for (let step = 0; step < 60; step++) {
        const chance = random();
        const id = chance < 0.4 ? free.shift() : undefined;
        if (id !== undefined) {
          owed.set(id, next);
          arrive(id, next++, false);
        } else if (chance < 0.75) give();
        else if (chance < 0.9) checkpoint();
        else again();
      }
      while (taken.length > 0) give();
      checkpoint();
      expect(owed.size).toBe(0);
      expect(given).toEqual(Array.from({ length: next }, (_, n) => n));
    }
  });

  /** The broker may lose acknowledgements that were sent as it went; it lets go of a message of QoS 2 only when it has read its own. */
  test('acknowledgements that are lost on their way bring no message of QoS 2 twice', () => {
    const random = prng('mqtt-exact');
    for (let round = 0; round < tries(2000); round++) {
      const acks = new Acks();
      const owed = new Map<number, number>();
      const free = [1, 2, 3, 4, 5];
      let under: number[] = [];
      const taken: { id: number; message: number }[] = [];
      const given: number[] = [];
      let next = 0;
      const arrive = (id: number, message: number, isAgain: boolean) => {
        // Half of the messages say the same: only their numbers tell them apart.
        if (acks.take(id, isAgain, message % 2 === 0 ? -1 : message, true)) taken.push({ id, message });
        acks.ready(id, () => under.push(id));
      };
      const give = () => {
        const one = taken.shift();
        if (one === undefined) return;
        given.push(one.message);
        acks.given(one.id, one.message % 2 === 0 ? -1 : one.message, given.length);
      };
      const release = () => {
        const id = under.shift();
        if (id === undefined) return;
        acks.released(id);
        owed.delete(id);
        free.push(id);
      };
      for (let step = 0; step < 80; step++) {
        const chance = random();
        const id = chance < 0.3 ? free.shift() : undefined;
        if (id !== undefined) {
          owed.set(id, next);
          arrive(id, next++, false);
        } else if (chance < 0.55) give();
        else if (chance < 0.7) acks.committed(given.length);
        else if (chance < 0.9) release();
        else {
          acks.lost();
          under = [];
          // Some had been sent when the connection broke, and never came: their second time is our first.
          for (const [id, message] of owed) arrive(id, message, true);
        }
      }
      while (taken.length > 0) give();
      acks.committed(given.length);
      while (under.length > 0) release();
      expect([owed.size, acks.size]).toEqual([0, 0]);
      expect(given).toEqual(Array.from({ length: next }, (_, n) => n));
    }
  });

  test('a number that means another message now is taken', () => {
    const acks = new Acks();
    acks.take(1, false, 7);
    expect(acks.take(1, true, 7)).toBe(false);
    expect(acks.take(1, true, 8)).toBe(true);
  });

  test('a session that the broker has forgotten begins anew', () => {
    const acks = new Acks();
    acks.take(1, false, 7);
    acks.clear();
    expect(acks.take(1, true, 7)).toBe(true);
    expect(acks.size).toBe(1);
  });
});

describe('a broker that is away', () => {
  /** The session's words until `over`, of a port where nobody listens. */
  async function told(patient: boolean, over: (logs: string[], opened: Promise<unknown>) => Promise<unknown>) {
    const options = materializeSync(source.options, { topics: ['a'], url: 'mqtt://127.0.0.1:1' });
    const logs: string[] = [];
    const session = new MqttSession(
      { ...(options as any), clientId: 'a', isKept: false },
      {
        ...clock,
        log: (level, text) => logs.push(`${level} ${text}`),
        fail: () => {},
        connected: async () => {},
      },
    );
    const opened = session.open({ patient }).catch((error) => error.code);
    const ended = await over(logs, opened);
    await session.close();
    return { logs, ended };
  }

  test('at the first start is told by the error alone', async () => {
    const { logs, ended } = await told(false, (_, opened) => opened);
    expect([logs, ended]).toEqual([[], 'WEIR_MQTT_CONNECT']);
  });

  test('later is told once', async () => {
    const { logs } = await told(true, (all) => vi.waitUntil(() => all.length > 0, { timeout: 20_000 }));
    expect(logs).toEqual([expect.stringMatching(/^warn MQTT broker mqtt:\S+: ECONNREFUSED; it is tried again$/)]);
  });
});
