import { Draw } from './draw.ts';

/** What can go wrong. */
export const FAULTS = [
  /** The process is killed; the system writes on what it was given. */
  'kill',
  /** The machine loses power: of what was not synced, a part is left. */
  'power',
  /** A thread ends by itself. */
  'host-exit',
  /** A thread throws. */
  'host-error',
  /** A thread is in a turn that does not end, until the watchdog finds it. */
  'host-hang',
  /** A thread, or the main one, gets no processor for a while. */
  'stall',
  /** Some writes fail. */
  'disk',
  /** The wall clock jumps. */
  'clock',
  /** The topology is asked to stop, and then started again. */
  'stop',
  /** Somebody asks for a checkpoint. */
  'checkpoint',
] as const;

export type FaultKind = (typeof FAULTS)[number];

/** A fault and the step behind which it strikes. */
export interface Fault {
  step: number;
  kind: FaultKind;
}

/**
 * Faults of a random run. The pauses between them are drawn so that short and long ones are equally likely; in some runs
 * most are short, so that one fault strikes what is mended after another.
 */
export function drawFaults(seed: string): Fault[] {
  const draw = new Draw(`faults ${seed}`);
  let step = 0;
  const longest = draw.pick([6, 11]);
  return Array.from({ length: draw.int(8) }, (_, i) => {
    step += Math.ceil(2 ** draw.between(0, i === 0 ? 11 : longest));
    return { step, kind: draw.pick(FAULTS) };
  });
}

/** `kill:17,power:203`. */
export function faultsText(faults: readonly Fault[]): string {
  return faults.map(({ kind, step }) => `${kind}:${step}`).join(',');
}

/** Reads {@link faultsText}; undefined when it is none. */
export function readFaults(text: string): Fault[] | undefined {
  const faults = text.split(',').map((part) => {
    const [kind, step] = part.split(':');
    return { kind: kind as FaultKind, step: Number(step) };
  });
  const good = faults.every(({ kind, step }) => FAULTS.includes(kind) && Number.isInteger(step));
  return good ? faults : undefined;
}
