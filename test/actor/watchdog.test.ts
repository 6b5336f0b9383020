import { describe, expect, test } from 'vitest';
import { Watchdog, type Watched } from '../../src/actor/watchdog.ts';
import { ManualClock } from './support.ts';

class Host implements Watched {
  readonly pulse = new Float64Array(4);
  pings = 0;
  answers = true;
  readonly control: Watched['control'] = {
    onMessage: undefined,
    post: (message) => {
      this.pings++;
      if (this.answers) this.control.onMessage?.(message);
    },
  };
}

function watched() {
  const clock = new ManualClock();
  const hung: Host[] = [];
  const watchdog = new Watchdog<Host>(clock, 1_000, (host) => hung.push(host));
  const host = new Host();
  watchdog.add(host);
  return { clock, hung, watchdog, host };
}

describe('the watchdog', () => {
  test('leaves a host in peace that answers and has no long turn', async () => {
    const { clock, hung, host } = watched();
    host.control.onMessage?.('up');
    await clock.advance(10_000);
    expect(host.pings).toBe(40);
    expect(hung).toEqual([]);
  });

  test('does not ask a host that is not up yet', async () => {
    const { clock, hung, host } = watched();
    await clock.advance(10_000);
    expect([host.pings, hung.length]).toEqual([0, 0]);
  });

  test('tells once of a turn that has been going on too long', async () => {
    const { clock, hung, host } = watched();
    host.control.onMessage?.('up');
    host.pulse[0] = 100;
    await clock.advance(1_000);
    expect(hung).toEqual([]);
    await clock.advance(250);
    expect(hung).toEqual([host]);
    await clock.advance(10_000);
    expect(hung).toHaveLength(1);
  });

  test('tells of a host that does not answer', async () => {
    const { clock, hung, host } = watched();
    host.control.onMessage?.('up');
    host.answers = false;
    await clock.advance(1_249);
    expect([host.pings, hung.length]).toEqual([1, 0]);
    await clock.advance(1);
    expect(hung).toEqual([host]);
  });

  test('blames no host for a hang of its own thread', async () => {
    const { clock, hung, host } = watched();
    host.control.onMessage?.('up');
    host.answers = false;
    await clock.advance(300);
    // The loop stands still: the answer is there, but the timer comes first.
    clock.jump(5_000);
    await clock.advance(0);
    expect(hung).toEqual([]);
    host.control.onMessage?.('ping');
    host.answers = true;
    await clock.advance(5_000);
    expect(hung).toEqual([]);
  });

  test('looks no more when it is stopped', async () => {
    const { clock, watchdog } = watched();
    watchdog.stop();
    expect(clock.waiting).toBe(0);
  });
});
