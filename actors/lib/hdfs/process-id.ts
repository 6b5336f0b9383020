import { readFileSync, readlinkSync } from 'node:fs';
import { hostname } from 'node:os';

/** Who a process is, for those on other machines and in other containers too. Plain data. */
export interface ProcessId {
  /** How its machine is called, for people: others may be called the same. */
  readonly host: string;
  readonly pid: number;
  /** The boot of the kernel that it runs on and its namespaces: where these are the same, so is what a pid means. */
  readonly machine?: string | undefined;
  /** When it was started: a pid is given to another process later. */
  readonly born?: string | undefined;
}

/** Who this process is. Where the system does not say what is needed (no Linux) `machine` is unknown. */
export function thisProcess(): ProcessId {
  const own = { host: hostname(), pid: process.pid };
  try {
    const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
    const spaces = ['net', 'pid'].map((kind) => readlinkSync(`/proc/self/ns/${kind}`));
    const born = bornOf(process.pid);
    return born === undefined ? own : { ...own, machine: [boot, ...spaces].join(' '), born };
  } catch {
    return own;
  }
}

/** Whether a process is known to have ended: one of this machine that is not there any more. */
export function hasEnded({ pid, machine, born }: ProcessId, self: ProcessId): boolean {
  return machine !== undefined && machine === self.machine && bornOf(pid) !== born;
}

/** Ticks after the boot; undefined when there is no such process, or a dead one that nobody has waited for. */
function bornOf(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    // Its name, in brackets, may hold anything.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return fields[0] === 'Z' || fields[0] === 'X' ? undefined : fields[19];
  } catch {
    return undefined;
  }
}
