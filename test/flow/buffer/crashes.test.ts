// The buffer against a plain list of what the source gave: whatever is away, full or crashing, all of it arrives, nothing of it
// before its checkpoint, and in order.
import { expect } from 'vitest';
import { prng } from '../../../src/base/prng.ts';
import { MemoryDisk } from '../../../src/testkit/memory-disk.ts';
import { testInTurn, tries } from '../../support/thorough.ts';
import { clockAt, Side, Subtask, settle, WAITS } from './rig.ts';

interface Drawn {
  seed: string;
  /** Whether the number of subtasks changes from start to start. */
  rescales: boolean;
}

/** A source of numbered records, with checkpoints that hold its place, and the subtasks of a sink; crashes at random. */
class Run {
  readonly side = new Side();
  readonly #random: () => number;
  readonly #rescales: boolean;
  readonly #clock = clockAt(1_000_000);
  #disk = new MemoryDisk();
  #subtasks: Subtask[] = [];
  #epoch = 0;
  /** Records before this one are in the last durable checkpoint. */
  durable = 0;
  #next = 0;
  crashes = 0;
  letters = new Set<number>();
  #lettersOfEpoch: number[] = [];

  constructor({ seed, rescales }: Drawn) {
    this.#random = prng(seed);
    this.#rescales = rescales;
    this.side.refuses = ({ n }) => (n as number) % 17 === 3;
  }

  #below = (n: number) => Math.floor(this.#random() * n);

  async start(): Promise<void> {
    const parallelism = this.#rescales ? 1 + this.#below(3) : 1;
    const options = { epoch: this.#epoch, parallelism };
    this.#subtasks = Array.from({ length: parallelism }, (_, subtask) => {
      return new Subtask(this.side, this.#disk, this.#clock, WAITS, { ...options, subtask });
    });
    this.#next = this.durable;
    this.#lettersOfEpoch = [];
    for (const { writer } of this.#subtasks) await writer.open();
  }

  async #crash(): Promise<void> {
    this.crashes++;
    // What the process did before it died is done; what it does later finds no disk.
    this.#disk.failAt(1);
    const left = this.#disk.afterCrash((['lost', 'kept', 'half kept'] as const)[this.#below(3)] ?? 'lost');
    for (const { writer } of this.#subtasks) await writer.close();
    this.#disk = left;
    await this.start();
  }

  write(count: number): void {
    for (let i = 0; i < count; i++, this.#next++) {
      const row = { n: this.#next, text: 'x'.repeat(this.#below(400)), when: new Date(this.#next) };
      const at = { time: this.#next * 10, order: this.#next, key: `k${this.#next % 3}` };
      this.#subtasks[this.#next % this.#subtasks.length]?.writer.write(row, at);
    }
  }

  /** A checkpoint; with `crash` the process dies at one of its steps. */
  async checkpoint(crash?: 'before' | 'behind', more = 0): Promise<void> {
    const epoch = this.#epoch + 1;
    const letters = this.#takeLetters();
    const place = this.#next;
    await Promise.all(this.#subtasks.map(({ writer }) => writer.prepare(epoch)));
    // The stream goes on while the checkpoint is made true.
    this.write(more);
    await settle();
    letters.push(...this.#takeLetters());
    if (crash === 'before') return await this.#crash();
    this.#epoch = epoch;
    this.durable = place;
    for (const n of letters) this.letters.add(n);
    if (crash === 'behind') return await this.#crash();
    for (const { writer } of this.#subtasks) writer.committed(epoch);
  }

  /** Dead letters count once they are part of a checkpoint. */
  #takeLetters(): number[] {
    for (const { letters } of this.#subtasks)
      this.#lettersOfEpoch.push(...letters.splice(0).map((row) => (row as any).n));
    return this.#lettersOfEpoch.splice(0);
  }

  async step(): Promise<void> {
    const what = this.#random();
    if (what < 0.4) this.write(this.#below(300));
    else if (what < 0.65) await this.checkpoint(undefined, this.#below(600));
    else if (what < 0.7) await this.checkpoint(this.#random() < 0.5 ? 'before' : 'behind', this.#below(600));
    else if (what < 0.75) await this.#crash();
    else if (what < 0.8) {
      // A write of the disk fails: the run goes back to its last checkpoint.
      this.#disk.failAt(1 + this.#below(3), { done: this.#random() < 0.5 });
      this.write(200);
      await settle();
      await this.#crash();
    } else if (what < 0.9) {
      this.side.isUp = !this.side.isUp;
      this.side.hangs = this.#random() < 0.3;
    } else this.#clock.advance(this.#below(15_000));
    await settle();
  }

  async finish(): Promise<void> {
    this.side.isUp = true;
    // What hangs for ever is let go by a restart.
    await this.#crash();
    const drained = Promise.all(this.#subtasks.map(({ writer }) => writer.drained()));
    let isDrained = false;
    drained.then(() => (isDrained = true));
    while (!isDrained) {
      await this.checkpoint();
      this.#clock.advance(10_000);
      await settle();
    }
    // So that dead letters of the end are in one, too.
    await this.checkpoint();
    await this.checkpoint();
    await settle();
    for (const { shown } of this.#subtasks) expect(shown).toEqual({ records: 0, bytes: 0, since: 0, dropped: 0 });
    for (const { writer, failures } of this.#subtasks) {
      await writer.close();
      expect(failures).toEqual([]);
    }
  }
}

async function check(drawn: Drawn): Promise<void> {
  const run = new Run(drawn);
  await run.start();
  for (let i = 0; i < 60; i++) {
    await run.step();
    const early = run.side.got.find(({ row }) => (row.n as number) >= run.durable);
    expect(early, drawn.seed).toBeUndefined();
  }
  run.write(50);
  await run.finish();
  const all = Array.from({ length: run.durable }, (_, n) => n);
  // What came first; later ones are what was sent again.
  const first = [...new Map(run.side.got.toReversed().map((one) => [one.row.n as number, one])).values()].toReversed();
  const refused = all.filter((n) => n % 17 === 3);
  const order = first.map(({ row }) => row.n as number);
  expect(drawn.rescales ? order.sort((a, b) => a - b) : order, drawn.seed).toEqual(all.filter((n) => n % 17 !== 3));
  expect(
    [...run.letters].sort((a, b) => a - b),
    drawn.seed,
  ).toEqual(refused);
  const kept = first.map(({ row, at }) => ({ n: row.n, when: row.when, at }));
  const given = order.map((n) => ({
    n,
    when: new Date(n),
    at: { time: n * 10, order: n, key: `k${n % 3}`, retract: false },
  }));
  expect(drawn.rescales ? kept.sort((a, b) => (a.n as number) - (b.n as number)) : kept).toEqual(given);
}

const SEEDS = Array.from({ length: tries(48) }, (_, i) => `${process.env.WEIR_TEST_SEED ?? process.pid}-${i}`);

testInTurn('all arrives in order, nothing before its checkpoint, whatever is away or crashes', async () => {
  for (const seed of SEEDS) await check({ seed, rescales: false });
});

testInTurn('with another number of subtasks at each start nothing is lost', async () => {
  for (const seed of SEEDS) await check({ seed: `${seed}-r`, rescales: true });
});
