import type { TimeSettings } from '../topology/graph.ts';
import type { Step } from './aligner.ts';
import type { Leader } from './batch.ts';
import type { SourceTimes } from './source-times.ts';

/** A pause between two polls that is longer than this is the thread's: sources are polled every 200 ms if not woken. */
const LONGEST_WAIT_MS = 400;
/** While all is quiet event time goes on in steps of this. */
const QUIET_STEP_MS = 100;

/** The event time of one split. */
export interface SplitTime {
  maxTime: number;
  ended: boolean;
  /** Its last record came then, on the clock of {@link SplitTimes.waitedMs}. */
  seenAt: number;
  /** It is too far ahead of others to be read. */
  held: boolean;
  readonly leader: Leader | undefined;
}

/** What a checkpoint keeps of a split's event time. */
export interface KeptTime {
  maxTime: number;
  /** The watermark that its subtask had sent: what that has closed, perhaps by the clock, stays closed. */
  watermark?: number;
}

/**
 * The event time of the splits that one subtask of a source reads: its watermark, which of them are idle, which are too
 * far ahead, and how event time goes on when all of the source is quiet.
 */
export class SplitTimes {
  /** How long, in all, the source could be polled and had nothing, ms. Time in which it is held up does not count. */
  waitedMs = 0;
  watermark = Number.NEGATIVE_INFINITY;
  readonly #bound: number;
  readonly #idleMs: number;
  readonly #alignMs: number;
  readonly #quietMs: number;
  readonly #source: string | undefined;
  readonly #shared: SourceTimes | undefined;
  readonly #splits = new Map<string, SplitTime>();
  #waitingSince = Number.NaN;
  /** Downstream has been told that this subtask is idle. */
  #idle = false;
  /** The watermark of the checkpoint, which has yet to be sent. */
  #owing: Step | undefined;
  /** The last record came then, on the clock of `waitedMs`, and event time had come so far. */
  #seenAt = 0;
  #latest = Number.NEGATIVE_INFINITY;
  /** Whom watermarks are ascribed to that the clock has brought about. */
  #clock: Leader | undefined;
  /** How far all splits have come by the clock, since the source is quiet. */
  #floor = Number.NEGATIVE_INFINITY;
  /** Where that began, and how long it had been quiet at the last step. */
  #base = Number.NaN;
  #quietFor = 0;

  /** `source` is the stage's id; `shared` is there when the settings ask for what other subtasks know. */
  constructor(time: TimeSettings | undefined, source: string | undefined, shared: SourceTimes | undefined) {
    this.#bound = time?.outOfOrderMs ?? 0;
    this.#idleMs = time?.idleMs ?? Number.POSITIVE_INFINITY;
    this.#alignMs = time?.alignMs ?? Number.POSITIVE_INFINITY;
    this.#quietMs = time?.quietMs ?? Number.POSITIVE_INFINITY;
    this.#source = source;
    this.#shared = shared;
  }

  open(splits: readonly ({ id: string } & KeptTime)[]): void {
    let sent = Number.POSITIVE_INFINITY;
    let least = Number.POSITIVE_INFINITY;
    // When no split had come so far it was the clock.
    let by: Leader | undefined;
    for (const { id, maxTime, watermark = Number.NEGATIVE_INFINITY } of splits) {
      // It may have been idle, or quiet, so that others or the clock had brought event time further than its records had.
      const come = watermark + this.#bound + 1;
      const { leader } = this.#add(id, Math.max(maxTime, come));
      sent = Math.min(sent, watermark);
      if (maxTime < come || maxTime >= least) continue;
      least = maxTime;
      by = leader;
    }
    if (Number.isFinite(sent)) {
      this.watermark = sent;
      this.#owing = { kind: 'watermark', time: sent, by: by ?? this.#clock };
    }
    this.tell(true);
  }

  split(id: string): SplitTime {
    return this.#splits.get(id) ?? this.#add(id, Number.NEGATIVE_INFINITY);
  }

  /** Somebody else reads it: it is as if it had never been here. */
  drop(id: string): void {
    this.#splits.delete(id);
  }

  #add(id: string, maxTime: number): SplitTime {
    // The leader is made once, so that a watermark costs nothing more for it.
    const source = this.#source;
    const leader = source === undefined ? undefined : { source, split: id, outOfOrderMs: this.#bound };
    if (this.#quietMs < Number.POSITIVE_INFINITY) this.#clock ??= leader && { ...leader, quiet: true };
    const split = { maxTime, ended: false, seenAt: this.waitedMs, held: false, leader };
    this.#splits.set(id, split);
    return split;
  }

  kept(id: string): KeptTime {
    const maxTime = this.#splits.get(id)?.maxTime ?? Number.NEGATIVE_INFINITY;
    return Number.isFinite(this.watermark) ? { maxTime, watermark: this.watermark } : { maxTime };
  }

  /** The source was polled and had nothing: until it is polled again, or held up, it is waited for. */
  wait(monotonic: number): void {
    this.#waitingSince = monotonic;
  }

  /** It is polled again, or cannot be polled for now. */
  stopWaiting(monotonic: number): void {
    if (Number.isNaN(this.#waitingSince)) return;
    this.waitedMs += Math.min(monotonic - this.#waitingSince, LONGEST_WAIT_MS);
    this.#waitingSince = Number.NaN;
  }

  /** Records are stamped by the clock: all splits have come as far as that has. */
  reach(time: number): void {
    for (const split of this.#splits.values()) if (time > split.maxTime) split.maxTime = time;
  }

  #isIdle(split: SplitTime): boolean {
    return !split.held && this.waitedMs - split.seenAt > this.#idleMs;
  }

  #timeOf({ maxTime }: SplitTime): number {
    return maxTime > this.#floor ? maxTime : this.#floor;
  }

  /** Lets the other subtasks know. `came` says that there were records since the last time. */
  tell(came: boolean): void {
    if (this.#shared === undefined) return;
    let least = Number.POSITIVE_INFINITY;
    let active = 0;
    for (const split of this.#splits.values()) {
      if (came) this.#latest = Math.max(this.#latest, this.#timeOf(split));
      if (split.ended || this.#isIdle(split)) continue;
      active++;
      least = Math.min(least, this.#timeOf(split));
    }
    if (came) this.#seenAt = this.waitedMs;
    this.#shared.tellLeast(active === 0 ? least : least - this.#bound - 1);
    this.#shared.tellQuiet(this.#latest, this.waitedMs - this.#seenAt);
  }

  /** All splits are at their end: nobody has to wait for this subtask, and its quiet is for ever. */
  tellEnd(): void {
    this.#shared?.tellLeast(Number.POSITIVE_INFINITY);
    this.#shared?.tellQuiet(this.#latest, Number.POSITIVE_INFINITY);
  }

  /** Whether splits may ever be held. */
  get aligned(): boolean {
    return this.#alignMs !== Number.POSITIVE_INFINITY;
  }

  /**
   * Finds the splits that are too far ahead of the others, here and elsewhere, to be read. Never all splits of all
   * subtasks: the one that is furthest behind is not, and those at their end, or idle, count for nothing. A split that has
   * given nothing yet is behind all others.
   */
  hold(): { changed: boolean; held: number; idle: number; free: number } {
    const limit = (this.#shared?.least ?? Number.POSITIVE_INFINITY) + this.#alignMs + this.#bound + 1;
    let changed = false;
    let held = 0;
    let idle = 0;
    let free = 0;
    for (const split of this.#splits.values()) {
      if (split.ended) continue;
      const hold = this.#timeOf(split) > limit;
      if (hold !== split.held) {
        changed = true;
        split.held = hold;
        // Idleness begins anew: meanwhile it was not polled.
        split.seenAt = this.waitedMs;
      }
      if (hold) held++;
      else if (this.#isIdle(split)) idle++;
      else free++;
    }
    return { changed, held, idle, free };
  }

  get heldSplits(): ReadonlySet<string> {
    return new Set([...this.#splits].filter(([, { held }]) => held).map(([id]) => id));
  }

  /** The first step behind a restore: the watermark of the checkpoint, before any record. */
  restored(): Step | undefined {
    const step = this.#owing;
    this.#owing = undefined;
    return step;
  }

  /** Nothing has come at this poll: if all of the source has been quiet for so long, event time goes on with the clock. */
  goOn(): void {
    if (this.#shared === undefined || this.#quietMs === Number.POSITIVE_INFINITY) return;
    const quiet = this.#shared.quietMs;
    if (quiet < this.#quietFor) this.#base = Number.NaN;
    if (quiet < this.#quietMs) {
      this.#quietFor = quiet;
      return;
    }
    if (Number.isNaN(this.#base)) this.#base = this.#shared.latest;
    else if (quiet - this.#quietFor < QUIET_STEP_MS) return;
    this.#quietFor = quiet;
    this.#floor = Math.max(this.#floor, this.#base + Math.floor(quiet));
  }

  /** What has become of the watermark. */
  advance(): Step | undefined {
    let least = Number.POSITIVE_INFINITY;
    let active = 0;
    let ended = 0;
    let by: Leader | undefined;
    for (const split of this.#splits.values()) {
      if (split.ended) ended++;
      if (split.ended || this.#isIdle(split)) continue;
      active++;
      const time = this.#timeOf(split);
      if (time >= least) continue;
      least = time;
      by = split.maxTime < time ? this.#clock : split.leader;
    }
    // By the clock event time goes on for idle splits too. They are idle again at once: they hold back nobody.
    if (active === 0 && ended < this.#splits.size) {
      least = this.#floor;
      by = this.#clock;
    }
    // One below, since another record of the same time may follow.
    const watermark = least - this.#bound - 1;
    const grown = watermark > this.watermark && ended < this.#splits.size;
    if (active === 0 && !grown) {
      // Said once: until there is a record again nothing changes.
      const said = this.#idle || (ended > 0 && ended === this.#splits.size);
      this.#idle = true;
      return said ? undefined : { kind: 'idle' };
    }
    this.#idle = false;
    if (!grown) return undefined;
    this.watermark = watermark;
    return { kind: 'watermark', time: watermark, by };
  }
}
