import type { Random } from '../world/random.ts';

/** Random numbers of the machine, not to be repeated. */
export const realRandom: Random = { next: Math.random };
