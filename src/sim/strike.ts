import type { SimMachine } from './disk.ts';
import type { Draw } from './draw.ts';
import { INJECTED } from './failures.ts';
import type { FaultKind } from './fault.ts';
import type { SimProcess } from './process.ts';
import { Actor } from './schedule.ts';
import type { SimHost } from './threads.ts';

const HOUR_MS = 3_600_000;
/** The longest stall: shorter than what the watchdog takes for a hang. */
const STALL_MS = 200;

/** What a fault acts on. */
export interface Target {
  machine: SimMachine;
  process: SimProcess;
  draw: Draw;
}

/** The world around all processes: it ends what it began. */
const world = new Actor('world');

/** Lets a fault strike. False when there is nothing that it could strike at the time; 'died' when the process is no more. */
export function strike(kind: FaultKind, { machine, process, draw }: Target): boolean | 'died' {
  const { schedule, failures, files, stores } = machine;
  const { main, engine } = process;
  const anyHost = (hit: (host: SimHost) => void) => {
    const hosts = process.hosts.filter(({ actor }) => !actor.held);
    if (hosts.length > 0) hit(draw.pick(hosts));
    return hosts.length > 0;
  };
  switch (kind) {
    case 'kill':
      process.kill();
      return 'died';
    case 'power':
      process.kill();
      files.cutPower();
      stores.cutPower(draw);
      return 'died';
    case 'host-exit':
      return anyHost((host) => host.end({ kind: 'exited', code: 1 }));
    case 'host-error':
      return anyHost((host) => host.end({ kind: 'error', error: { name: 'Error', message: INJECTED } }));
    case 'host-hang':
      return anyHost((host) => {
        host.actor.held = true;
        host.pulse[0] = schedule.now;
      });
    case 'stall': {
      const actor = draw.pick([main, ...process.hosts.map((host) => host.actor)]);
      if (actor.held) return false;
      actor.held = true;
      schedule.add(world, draw.next() * STALL_MS, 'wake', () => {
        actor.held = false;
      });
      return true;
    }
    case 'disk':
      failures.arm(draw.pick([1, 2, 3, 30]), draw.int(6));
      return true;
    case 'clock':
      schedule.wallOffset += draw.between(-HOUR_MS, HOUR_MS);
      return true;
    case 'stop':
      // What becomes of it is told by the run itself.
      schedule.add(main, 0, 'stop', () => void engine.stop().catch(() => {}));
      return true;
    case 'checkpoint':
      schedule.add(main, 0, 'checkpoint', () => void engine.checkpoint().catch(() => {}));
      return true;
  }
}
