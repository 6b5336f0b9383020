import type { OperatorContext } from '#stage';
import { Progress } from './progress.ts';

/**
 * The wall clock as windows see it. It never goes back to what they have closed, be it that it is set back or that the
 * program was started again by another one.
 */
export class WallClock {
  /** All up to this time, included, has been closed. */
  readonly passed: Progress;
  readonly #watermarks: Progress;
  /** The last one before the end of the input. */
  #watermark = Number.NEGATIVE_INFINITY;
  readonly #context: OperatorContext;

  constructor(context: OperatorContext) {
    this.#context = context;
    this.passed = new Progress(context, 'clock');
    this.#watermarks = new Progress(context, 'watermark');
  }

  /** The watermark has reached `time`. */
  reach(time: number): void {
    this.#watermarks.advance(time);
    if (time !== Number.POSITIVE_INFINITY) this.#watermark = this.#watermarks.time;
  }

  /** Milliseconds since the epoch. */
  now(): number {
    return Math.max(this.#context.now(), this.passed.time + 1);
  }

  /** What event time a row has that the clock makes: what follows must not take it for late. */
  eventTime(time: number): number {
    return Math.max(time, this.#watermark + 1);
  }

  restored(): void {
    this.passed.restored();
    this.#watermarks.restored();
    this.#watermark = this.#watermarks.time;
  }
}
