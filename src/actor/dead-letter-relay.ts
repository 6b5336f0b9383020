import type { DeadLetter } from './dead-letters.ts';
import { DEAD } from './frames.ts';
import type { ActorNode } from './node.ts';

const EVERY_MS = 100;
const SAMPLES = 16;

/** Tells the main thread of this one's dead letters: how many, and the first of each tenth of a second. */
export function relayDeadLetters(node: ActorNode): void {
  let count = 0;
  let letters: DeadLetter[] = [];
  node.deadLetters.subscribe((letter) => {
    if (letters.length < SAMPLES) letters.push(letter);
    if (++count > 1) return;
    node.clock.after(EVERY_MS, () => {
      const shown = letters;
      const total = count;
      count = 0;
      letters = [];
      try {
        node.remote.send(0, [DEAD, total, shown]);
      } catch {
        // A letter that cannot be packed: the number matters more.
        node.remote.send(0, [DEAD, total, []]);
      }
    });
  });
}
