import type { Cancel, Clock } from '../world/clock.ts';
import type { ControlPort } from '../world/threads.ts';

/** What is watched: the pulse of a host, and a line on which it answers. */
export interface Watched {
  readonly pulse: Float64Array;
  readonly control: Pick<ControlPort, 'post' | 'onMessage'>;
}

/** What a host is asked; it answers with anything, and says something once when it is up. */
export const PING = 'ping';

/**
 * Tells of a host whose thread hangs, since nobody can stop an endless loop from within. Two signs: its pulse shows a turn
 * that has been going on for `hangMs`; or it has not answered for so long, which sees code outside of turns too.
 */
export class Watchdog<T extends Watched> {
  private readonly clock: Clock;
  private readonly hangMs: number;
  private readonly onHang: (host: T) => void;
  /** When each host that is up was asked last without an answer yet, or undefined. */
  private readonly asked = new Map<T, number | undefined>();
  private looked: number;
  private cancel: Cancel;

  constructor(clock: Clock, hangMs: number, onHang: (host: T) => void) {
    this.clock = clock;
    this.hangMs = hangMs;
    this.onHang = onHang;
    this.looked = clock.monotonic();
    this.cancel = this.next();
  }

  add(host: T): void {
    // Not asked before it is up: loading may take long.
    host.control.onMessage = () => this.asked.set(host, undefined);
  }

  remove(host: T): void {
    host.control.onMessage = undefined;
    this.asked.delete(host);
  }

  stop(): void {
    this.cancel();
  }

  private next(): Cancel {
    return this.clock.after(this.hangMs / 4, () => this.look());
  }

  private look(): void {
    const now = this.clock.monotonic();
    // When this thread itself was kept from looking, the answers may be waiting at its own door.
    const late = now - this.looked >= this.hangMs / 2;
    this.looked = now;
    for (const [host, since] of [...this.asked]) {
      const turn = host.pulse[0]!;
      const silent = since !== undefined && now - since >= this.hangMs;
      if ((turn !== 0 && now - turn >= this.hangMs) || (silent && !late)) {
        this.remove(host);
        this.onHang(host);
      } else if (since === undefined) {
        this.asked.set(host, now);
        host.control.post(PING);
      }
    }
    this.cancel = this.next();
  }
}
