import { MessageChannel } from 'node:worker_threads';
import { afterAll, describe, expect, test } from 'vitest';
import { RingLink } from '../../src/host/link.ts';
import { allocateRing } from '../../src/host/ring.ts';
import { createThreads } from '../../src/host/threads.ts';
import { HOSTS, inbox, stopped } from './support.ts';

function linked(ringBytes: number): [RingLink, RingLink] {
  const { port1, port2 } = new MessageChannel();
  const [there, back] = [allocateRing(ringBytes), allocateRing(ringBytes)];
  return [
    new RingLink({ peer: 1, port: port1, outgoing: there, incoming: back }),
    new RingLink({ peer: 0, port: port2, outgoing: back, incoming: there }),
  ];
}

describe('a link', () => {
  test('refuses when full, and says when there is room again', async () => {
    const [a, b] = linked(1024);
    let sent = 0;
    while (a.trySend(1, Buffer.alloc(100, sent))) sent++;
    expect(sent).toBeGreaterThan(5);
    const received: number[] = [];
    const room = new Promise<void>((resolve) => {
      a.onRoom = resolve;
    });
    b.onFrame = (_, frame) => received.push(frame[0]!);
    await room;
    expect(a.trySend(1, Buffer.alloc(100, sent))).toBe(true);
    await new Promise<void>((resolve) => {
      b.onFrame = (_, frame) => {
        received.push(frame[0]!);
        if (received.length === sent + 1) resolve();
      };
    });
    expect(received).toEqual(Array.from({ length: sent + 1 }, (_, i) => i));
    a.close();
    b.close();
  });

  test('joins a frame of many times its ring, and keeps the order of those after it', async () => {
    const [a, b] = linked(1024);
    const long = Buffer.from(Array.from({ length: 100_003 }, (_, i) => i & 255));
    const after = Buffer.from('after');
    const received: [number, Buffer][] = [];
    const both = new Promise<void>((resolve) => {
      b.onFrame = (channel, frame) => {
        received.push([channel, Buffer.from(frame)]);
        if (received.length === 2) resolve();
      };
    });
    expect(a.trySend(3, long)).toBe(true);
    expect(a.trySend(4, after)).toBe(false);
    a.onRoom = () => expect(a.trySend(4, after)).toBe(true);
    long.fill(0, 50_000);
    await both;
    expect(received.map(([channel]) => channel)).toEqual([3, 4]);
    expect(received[0]![1].every((byte, i) => byte === (i & 255))).toBe(true);
    expect(received[0]![1].length).toBe(100_003);
    a.close();
    b.close();
  });

  test('gives timers their turn while it is never empty', async () => {
    const [a, b] = linked(2 ** 16);
    const frame = Buffer.alloc(64);
    let frames = 0;
    a.onRoom = () => {
      while (a.trySend(0, frame));
    };
    b.onFrame = () => {
      frames++;
      a.trySend(0, frame);
      for (const until = performance.now() + 0.01; performance.now() < until; );
    };
    a.onRoom();
    // Starved of turns, these would never fire; how late they are is the machine's affair.
    for (let i = 0; i < 20; i++) await new Promise((resolve) => setTimeout(resolve, 1));
    expect(frames).toBeGreaterThan(20);
    a.close();
    b.close();
  });
});

describe('links between threads', () => {
  const threads = createThreads({ threads: 2, ringBytes: 2 ** 16 });
  afterAll(() => threads.close());

  const cases = [
    { name: 'a million frames at full speed', count: 1_000_000, longest: 128, stall: false },
    { name: 'frames of many times the ring among small ones', count: 100_000, longest: 1_000_000, stall: false },
    { name: 'both ends pausing at random', count: 300_000, longest: 70_000, stall: true },
  ];
  test.each(cases)('lose, double and reorder nothing: $name', async ({ count, longest, stall }) => {
    const hosts = await threads.start(HOSTS, [
      { role: 'produce', to: 1, count, seed: 1, longest, stall },
      { role: 'consume', from: 0, count, seed: 2, stall },
    ]);
    const consumer = inbox(hosts[1]!);
    await consumer.next();
    expect(await consumer.next()).toMatchObject({ received: count, wrong: 0 });
    expect(await stopped(hosts)).toEqual(['done', 'done']);
  });

  test('lose no wake-up: 20,000 frames to a mirror, each sent when the last came back', async () => {
    const hosts = await threads.start(HOSTS, [{ role: 'mirror' }]);
    const { link } = hosts[0]!;
    let rounds = 0;
    const next = () => {
      // At odd times, so that the frame meets the other end falling asleep, asleep and awake.
      for (let spin = (rounds * 7919) % 3000; spin > 0; spin--);
      link.trySend(rounds % 5, Buffer.from(String(rounds)));
    };
    await new Promise<void>((resolve) => {
      link.onFrame = (channel, frame) => {
        expect([channel, Buffer.from(frame).toString()]).toEqual([rounds % 5, String(rounds)]);
        if (++rounds === 20_000) resolve();
        else next();
      };
      next();
    });
    expect(await stopped(hosts)).toEqual(['done']);
  });
});
