import type { OperatorContext } from '#stage';
import { LastWatermark } from './last-watermark.ts';
import { Progress } from './progress.ts';

/**
 * The wall clock as windows see it. It never goes back to what they have closed, be it that it is set back or that the
 * program was started again by another one.
 */
export class WallClock {
  /** All up to this time, included, has been closed. */
  readonly passed: Progress;
  readonly watermark: LastWatermark;
  readonly #context: OperatorContext;

  constructor(context: OperatorContext) {
    this.#context = context;
    this.passed = new Progress(context, 'clock');
    this.watermark = new LastWatermark(context);
  }

  /** Milliseconds since the epoch. */
  now(): number {
    return Math.max(this.#context.now(), this.passed.time + 1);
  }

  restored(): void {
    this.passed.restored();
    this.watermark.restored();
  }
}
