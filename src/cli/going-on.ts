import { formatDuration } from '../base/units.ts';
import type { EngineEvent } from '../topology/running.ts';
import type { Clock } from '../world/clock.ts';

/** Where a run that was stopped can go on, as its events tell. */
export class GoingOn {
  readonly #clock: Clock;
  #isStopping = false;
  /** Of the last checkpoint; 0 when there is none, undefined before the run has begun. */
  #epoch: number | undefined;
  /** When the last checkpoint was taken; undefined when it is of an earlier run. */
  #at: number | undefined;
  /** There is a checkpoint behind the stop, and nothing has gone wrong since. */
  #isHere = false;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  stopping(): void {
    this.#isStopping = true;
  }

  event(event: EngineEvent): void {
    if (event.type === 'started') this.#epoch = event.epoch;
    if (event.type === 'checkpoint') {
      this.#epoch = event.info.epoch;
      this.#at = this.#clock.monotonic();
      this.#isHere = this.#isStopping;
    }
    // The engine's own warnings name no stage: one is that the end has failed.
    if (event.type === 'restart' || (event.type === 'log' && event.level === 'warn' && event.stage === ''))
      this.#isHere = false;
  }

  /** For the line that ends a run that was stopped. */
  get text(): string {
    if (this.#isHere) return 'stopped; the same command goes on from here';
    if (this.#epoch === undefined) return 'stopped before it began; the same command begins where this one would have';
    if (this.#epoch === 0) return 'stopped before its first checkpoint; the same command begins anew';
    const age =
      this.#at === undefined ? 'as this run did' : `${formatDuration(this.#clock.monotonic() - this.#at)} old`;
    return `stopped without a last checkpoint; the same command goes on from checkpoint ${this.#epoch}, ${age}`;
  }
}
