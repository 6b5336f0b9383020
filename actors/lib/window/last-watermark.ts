import type { OperatorContext } from '#stage';
import { Progress } from './progress.ts';

/** The last watermark before the end of the input, also over a restart: what a stage gives by the wall clock goes by it. */
export class LastWatermark {
  readonly #progress: Progress;
  #time = Number.NEGATIVE_INFINITY;

  constructor(context: OperatorContext) {
    this.#progress = new Progress(context, 'watermark');
  }

  /** The watermark has reached `time`. */
  reach(time: number): void {
    this.#progress.advance(time);
    if (time !== Number.POSITIVE_INFINITY) this.#time = this.#progress.time;
  }

  /** The event time of a row: its own, or the next that what follows does not take for late. */
  after(time: number): number {
    return Math.max(time, this.#time + 1);
  }

  restored(): void {
    this.#progress.restored();
    this.#time = this.#progress.time;
  }
}
