import { describe, expect, test } from 'vitest';
import { Aligner, type Step } from '../../src/flow/aligner.ts';
import { Batch, type Message } from '../../src/flow/batch.ts';
import { LocalChannel } from '../../src/flow/channel.ts';

function batch(...rows: number[]): Batch {
  const made = new Batch();
  made.rows = rows.map((n) => ({ n }));
  made.times = rows;
  made.orders = rows;
  return made;
}

function setup(count: number): { channels: LocalChannel[]; aligner: Aligner } {
  const channels = Array.from({ length: count }, () => new LocalChannel());
  return { channels, aligner: new Aligner(channels) };
}

function drain(aligner: Aligner): (Step | number[])[] {
  const steps: (Step | number[])[] = [];
  for (let step = aligner.next(); step !== undefined; step = aligner.next()) {
    steps.push(step.kind === 'batch' ? step.batch.rows.map(({ n }) => n as number) : step);
  }
  return steps;
}

const watermark = (time: number): Message => ({ kind: 'watermark', time });
const barrier = (epoch: number): Message => ({ kind: 'barrier', epoch });

describe('an input that is awaited', () => {
  const two = () => {
    const channels = [new LocalChannel(), new LocalChannel(), new LocalChannel()] as const;
    return { channels, aligner: new Aligner(channels, [0, 1, 1], [1]) };
  };

  test('holds event time until all of its channels have come to their end', () => {
    const { channels, aligner } = two();
    const [main, a, b] = channels;
    for (const side of [a, b]) side.send(watermark(1000));
    main.send(batch(1));
    main.send(watermark(10));
    main.send({ kind: 'idle' });
    expect(drain(aligner)).toEqual([[1]]);
    for (const side of [a, b]) {
      expect(drain(aligner)).toEqual([]);
      side.send(watermark(Number.POSITIVE_INFINITY));
      side.send({ kind: 'end' });
    }
    // The first input has been idle since 10.
    expect(drain(aligner)).toEqual([{ kind: 'port-end', port: 1 }, { kind: 'idle' }]);
    main.send(watermark(20));
    expect(drain(aligner)).toEqual([{ kind: 'watermark', time: 20 }]);
  });

  test('is told of, and then event time, before the end of all', () => {
    const { channels, aligner } = two();
    const [main, a, b] = channels;
    for (const channel of [main, a, b]) {
      channel.send(watermark(Number.POSITIVE_INFINITY));
      channel.send({ kind: 'end' });
    }
    expect(drain(aligner)).toEqual([
      { kind: 'port-end', port: 1 },
      { kind: 'watermark', time: Number.POSITIVE_INFINITY },
      { kind: 'end' },
    ]);
  });

  test('does not hold a barrier', () => {
    const { channels, aligner } = two();
    for (const channel of channels) channel.send(barrier(3));
    expect(drain(aligner)).toEqual([barrier(3)]);
  });
});

describe('inputs of a chain', () => {
  test('the watermark is the least of all inputs, and only grows', () => {
    const { channels, aligner } = setup(2);
    channels[0]?.send(watermark(10));
    expect(drain(aligner)).toEqual([]);
    channels[1]?.send(watermark(5));
    channels[1]?.send(watermark(20));
    expect(drain(aligner)).toEqual([
      { kind: 'watermark', time: 5 },
      { kind: 'watermark', time: 10 },
    ]);
  });

  test('a watermark says where it comes from: from the input that holds it', () => {
    const { channels, aligner } = setup(2);
    const by = (split: string) => ({ source: 's', split, outOfOrderMs: 0 });
    channels[0]?.send({ kind: 'watermark', time: 10, by: by('a') });
    channels[1]?.send({ kind: 'watermark', time: 5, by: by('b') });
    channels[1]?.send({ kind: 'watermark', time: 20, by: by('c') });
    expect(drain(aligner)).toEqual([
      { kind: 'watermark', time: 5, by: by('b') },
      { kind: 'watermark', time: 10, by: by('a') },
    ]);
    channels[0]?.send({ kind: 'end' });
    expect(drain(aligner)).toEqual([{ kind: 'watermark', time: 20, by: by('c') }]);
  });

  test('an idle input does not hold the watermark, until it has records again', () => {
    const { channels, aligner } = setup(2);
    channels[0]?.send(watermark(10));
    channels[1]?.send({ kind: 'idle' });
    expect(drain(aligner)).toEqual([{ kind: 'watermark', time: 10 }]);
    channels[1]?.send(batch(3));
    expect(drain(aligner)).toEqual([[3]]);
    channels[0]?.send(watermark(30));
    expect(drain(aligner)).toEqual([]);
    channels[1]?.send(watermark(15));
    expect(drain(aligner)).toEqual([{ kind: 'watermark', time: 15 }]);
  });

  test('no record behind a barrier passes before all barriers have come', () => {
    const { channels, aligner } = setup(2);
    channels[0]?.send(batch(1));
    channels[0]?.send(barrier(7));
    channels[0]?.send(batch(2));
    channels[1]?.send(batch(3));
    expect(drain(aligner)).toEqual([[1], [3]]);
    channels[1]?.send(barrier(7));
    expect(drain(aligner)).toEqual([{ kind: 'barrier', epoch: 7 }, [2]]);
  });

  test('the end comes once, when all inputs have ended, and barriers still pass', () => {
    const { channels, aligner } = setup(2);
    for (const channel of channels) {
      channel.send(watermark(Number.POSITIVE_INFINITY));
      channel.send({ kind: 'end' });
      channel.send(barrier(1));
    }
    expect(drain(aligner)).toEqual([
      { kind: 'watermark', time: Number.POSITIVE_INFINITY },
      { kind: 'end' },
      { kind: 'barrier', epoch: 1 },
    ]);
  });

  test('an input that ended no longer holds the others', () => {
    const { channels, aligner } = setup(2);
    channels[0]?.send(watermark(Number.POSITIVE_INFINITY));
    channels[0]?.send({ kind: 'end' });
    channels[1]?.send(watermark(8));
    expect(drain(aligner)).toEqual([{ kind: 'watermark', time: 8 }]);
  });
});
