import { ActorSystem as System, type SystemOptions } from '../actor/system.ts';
import type { WeirError } from '../base/errors.ts';
import { builtTwin } from './built.ts';
import { realClock } from './clock.ts';
import { realRandom } from './random.ts';

/** A tree of supervised actors on this thread and on worker threads, see its methods. */
export type ActorSystem = System;

export const ActorSystem = {
  /**
   * Starts a system in the real world, with as many worker threads as `threads` says (default 0). It keeps the process
   * alive until it has stopped.
   */
  async create(options: SystemOptions = {}): Promise<ActorSystem> {
    const { threads = 0 } = options;
    const world = { clock: realClock, random: realRandom, resolveModule: builtTwin };
    // Loaded only when needed: the pool's library costs every start some milliseconds.
    const pool = threads > 0 ? (await import('./threads.ts')).createThreads({ threads }) : undefined;
    const onFault = (error: WeirError) => process.emitWarning(error.message, { type: 'WeirWarning', code: error.code });
    const system = await System.start({ ...world, ...(pool ? { threads: pool } : {}) }, { onFault, ...options });
    // The clock's timers keep nothing alive, but actors that wait for one are not done.
    const alive = setInterval(() => {}, 2 ** 30);
    system.terminated.then(() => clearInterval(alive));
    return system;
  },
};
