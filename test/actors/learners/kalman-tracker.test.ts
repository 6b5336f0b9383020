import { inverse, Matrix } from 'ml-matrix';
import { describe, expect, test } from 'vitest';
import { plane, sphere } from '../../../actors/lib/learn/surface.ts';
import { TrackModel, type TrackOptions } from '../../../actors/lib/learn/track-model.ts';
import { prng } from '../../../src/base/prng.ts';

const OPTIONS: TrackOptions = {
  surface: plane,
  noise: 8,
  acceleration: 2,
  speed: 15,
  gate: 13.8,
  misses: 3,
};

/** The same filter of four states by matrices, with an inverse, as text-books have it. */
class TextBook {
  readonly #r = Matrix.eye(2).mul(64);
  readonly #h = new Matrix([
    [1, 0, 0, 0],
    [0, 1, 0, 0],
  ]);
  x: Matrix;
  p = Matrix.diag([64, 64, 225, 225]);

  constructor(x: number, y: number) {
    this.x = Matrix.columnVector([x, y, 0, 0]);
  }

  advance(h: number): void {
    const f = Matrix.eye(4);
    f.set(0, 2, h).set(1, 3, h);
    const g = new Matrix([
      [(h * h) / 2, 0],
      [0, (h * h) / 2],
      [h, 0],
      [0, h],
    ]);
    this.x = f.mmul(this.x);
    this.p = f.mmul(this.p).mmul(f.transpose()).add(g.mmul(g.transpose()).mul(4));
  }

  learn(x: number, y: number): void {
    const v = Matrix.columnVector([x, y]).sub(this.#h.mmul(this.x));
    const s = this.#h.mmul(this.p).mmul(this.#h.transpose()).add(this.#r);
    const k = this.p.mmul(this.#h.transpose()).mmul(inverse(s));
    this.x = Matrix.add(this.x, k.mmul(v));
    this.p = Matrix.eye(4).sub(k.mmul(this.#h)).mmul(this.p);
  }
}

/** Fixes at uneven times of what goes on at (3, −2) m/s, off by up to 10 m; every seventh is missing. */
function* fixes(n: number, seed: number): Generator<[time: number, x: number | null, y: number]> {
  const random = prng(seed);
  let time = 0;
  for (let i = 0; i < n; i++) {
    time += 0.2 + 3 * random();
    const [x, y] = [3 * time + 20 * random() - 10, 20 * random() - 10 - 2 * time];
    yield [time, i % 7 === 6 ? null : x, y];
  }
}

describe('the tracker', () => {
  test('is the Kalman filter of text-books over uneven times and missing fixes', () => {
    const model = new TrackModel({ ...OPTIONS, gate: 0 });
    let book: TextBook | undefined;
    let before = 0;
    for (const [time, x, y] of fixes(300, 1)) {
      model.advance(time);
      book?.advance(time - before);
      before = time;
      if (x !== null) {
        model.learn(x, y);
        if (book === undefined) book = new TextBook(x, y);
        else book.learn(x, y);
      }
      if (book === undefined) throw new Error('the first fix is there');
      const made = model.at(0);
      const expected = [...book.x.to1DArray(), Math.sqrt(book.p.get(0, 0))];
      const all = [made.x, made.y, made.vx, made.vy, made.deviation];
      for (const [i, value] of all.entries()) expect(value).toBeCloseTo(expected[i] as number, 8);
    }
    book?.advance(5);
    const later = model.at(5);
    expect(later.x).toBeCloseTo(book?.x.get(0, 0) as number, 8);
    expect(later.deviation).toBeCloseTo(Math.sqrt(book?.p.get(0, 0) as number), 8);
  });

  test('leaves wild fixes out, and begins anew when they go on', () => {
    const model = new TrackModel(OPTIONS);
    for (const [time, x, y] of fixes(50, 2)) {
      model.advance(time);
      if (x !== null) model.learn(x, y);
    }
    const before = model.at(0);
    expect(model.learn(before.x + 1000, before.y)).toBe(true);
    expect(model.at(0)).toEqual(before);
    expect(model.learn(before.x + 1, before.y)).toBe(false);
    for (let i = 0; i < 3; i++) expect(model.learn(before.x + 1000, before.y)).toBe(true);
    expect(model.at(0)).toEqual({ x: before.x + 1000, y: before.y, vx: 0, vy: 0, deviation: 8 });
  });

  test('goes over the date line, and counts degrees of longitude by the latitude', () => {
    const model = new TrackModel({ ...OPTIONS, surface: sphere, noise: 1, acceleration: 1e-6, speed: 1000 });
    // Half a degree of longitude an hour eastwards, at 60° north half as far as at the equator.
    for (let i = 0; i < 10; i++) {
      model.advance(3600 * i);
      const lon = 178 + i / 2;
      model.learn(lon >= 180 ? lon - 360 : lon, 60);
    }
    const { x, y, vx, vy } = model.at(3600);
    expect(x).toBeCloseTo(-177, 3);
    expect(y).toBeCloseTo(60, 6);
    expect(vx).toBeCloseTo((0.5 * 111_194.93 * 0.5) / 3600, 2);
    expect(vy).toBeCloseTo(0, 6);
  });

  test('stays finite over long silence, equal times and wild places', () => {
    const model = new TrackModel(OPTIONS);
    let time = 0;
    const random = prng(5);
    for (let i = 0; i < 100_000; i++) {
      time += random() < 0.01 ? 10 ** (10 * random()) : random() < 0.5 ? 0 : 1;
      model.advance(time);
      model.learn(random() < 0.01 ? 1e50 : random(), random() < 0.01 ? -1e50 : random());
      const place = model.at(10);
      if (!Object.values(place).every(Number.isFinite)) throw new Error(`${i}: ${JSON.stringify(place)}`);
    }
    for (let i = 0; i < 100; i++) {
      model.advance(++time);
      model.learn(i, 2 * i);
    }
    expect(model.at(1).x).toBeCloseTo(100, 0);
  });

  test('a restored model goes on bit for bit', () => {
    const model = new TrackModel(OPTIONS);
    let again = new TrackModel(OPTIONS);
    for (const [time, x, y] of fixes(200, 3)) {
      for (const one of [model, again]) {
        one.advance(time);
        if (x !== null) one.learn(x, y);
      }
      again = TrackModel.restore(OPTIONS, structuredClone(again.save()));
    }
    expect(again.save()).toEqual(model.save());
  });
});
