import type { Draw } from './draw.ts';

/** Something that runs code: the main thread of a simulated process, one of its hosts, or the world around them. */
export class Actor {
  readonly name: string;
  /** It runs no more code. */
  dead = false;
  /** It does not get on for now: its events wait. */
  held = false;

  constructor(name: string) {
    this.name = name;
  }
}

/** One step of an actor that is to come. */
export interface Event {
  readonly at: number;
  readonly actor: Actor;
  /** What it is, for traces. */
  readonly label: string;
  readonly task: () => void;
  /** What may still happen of it when its actor dies before: an operation that the system was already at. */
  readonly afterDeath: (() => void) | undefined;
}

/**
 * All that is to happen in a simulated world, in one list, and its only clock. Any event whose time has come may be the
 * next one; which, is drawn. Time moves on a little with every step, and leaps when nothing is ready.
 */
export class Schedule {
  readonly #draw: Draw;
  readonly #stepMs: number;
  #events: Event[] = [];
  /** Milliseconds that only grow. */
  now = 1000;
  /** What the wall clock shows beyond {@link now}; jumps. */
  wallOffset = 1_700_000_000_000;

  /** `stepMs` is how long a step takes at most. */
  constructor(draw: Draw, stepMs: number) {
    this.#draw = draw;
    this.#stepMs = stepMs;
  }

  /** What the wall clock shows, whole milliseconds. */
  wall(): number {
    return Math.floor(this.now + this.wallOffset);
  }

  /** Nothing is under way: all that is to happen are timers that are not due. */
  get quiet(): boolean {
    return this.#events.every(({ at, label }) => label === 'timer' && at > this.now);
  }

  add(actor: Actor, inMs: number, label: string, task: () => void, afterDeath?: () => void): Event {
    const event: Event = { at: this.now + inMs, actor, label, task, afterDeath };
    if (!actor.dead) this.#events.push(event);
    return event;
  }

  cancel(event: Event): void {
    const i = this.#events.indexOf(event);
    if (i >= 0) this.#remove(i);
  }

  /** Takes the next event out, and brings the clock to it. Undefined when nothing will ever happen again. */
  take(): Event | undefined {
    this.now += this.#draw.next() * this.#stepMs;
    let ready = 0;
    let earliest = Number.POSITIVE_INFINITY;
    for (const { at, actor } of this.#events) {
      if (actor.held) continue;
      if (at <= this.now) ready++;
      else if (at < earliest) earliest = at;
    }
    if (ready === 0) {
      if (earliest === Number.POSITIVE_INFINITY) return undefined;
      this.now = earliest;
      ready = 1;
    }
    let skip = ready === 1 ? 0 : this.#draw.int(ready);
    const i = this.#events.findIndex(({ at, actor }) => !actor.held && at <= this.now && skip-- === 0);
    return this.#remove(i);
  }

  #remove(i: number): Event {
    const event = this.#events[i] as Event;
    const last = this.#events.pop() as Event;
    if (last !== event) this.#events[i] = last;
    return event;
  }

  /** Ends actors: nothing of theirs runs again. Of operations that the system was at, each is done or not, as is drawn. */
  kill(actors: readonly Actor[]): void {
    for (const actor of actors) actor.dead = true;
    const theirs = this.#events.filter(({ actor }) => actor.dead);
    this.#events = this.#events.filter(({ actor }) => !actor.dead);
    for (const { afterDeath } of theirs) if (afterDeath && this.#draw.chance(0.5)) afterDeath();
  }
}
