/** How many steps one turn of the real loop takes. */
const STEPS = 16;

/**
 * Calls `step` again and again until it answers false. Between two calls every promise that has settled has had its
 * callbacks run: Node empties its queue of microtasks after each immediate. So the real loop has no say in any order.
 */
export function drive(step: () => boolean): Promise<void> {
  return new Promise((resolve, reject) => {
    let over = false;
    const one = () => {
      if (over) return;
      try {
        over = !step();
      } catch (error) {
        over = true;
        reject(error);
      }
      if (over) resolve();
    };
    const turn = () => {
      if (over) return;
      for (let i = 0; i < STEPS; i++) setImmediate(one);
      setImmediate(turn);
    };
    turn();
  });
}
