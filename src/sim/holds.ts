import { WeirError } from '../base/errors.ts';
import { type Actor, running } from './schedule.ts';

/**
 * Things of which a process has one, as it has a port: whoever takes one keeps it until it gives it back or its thread
 * dies. A thread whose host has ended in good order lives on, and so does what was not given back.
 */
const held = new Map<string, Actor>();

/** Takes a thing for the thread that runs; the result gives it back. Throws `WEIR_SIM_HELD` while another life has it. */
export function hold(name: string): () => void {
  const by = held.get(name);
  if (by !== undefined) throw new WeirError('WEIR_SIM_HELD', `${name} is still held by ${by.name}`);
  held.set(name, running.actor as Actor);
  return () => held.delete(name);
}

/** A thread has died: what it had is free. Without one, all threads of the process have. */
export function freeHolds(of?: Actor): void {
  for (const [name, by] of held) if (of === undefined || by === of) held.delete(name);
}
