/** What happens when whoever reads our output has gone. */
let left = (): void => process.exit();

/** A reader that has seen enough, such as `head`, is no failure. */
export function watchReader(): void {
  for (const stream of [process.stdout, process.stderr]) {
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EPIPE') throw error;
      left();
    });
  }
}

/** Does this, once, in place of ending the process at once. */
export function whenReaderLeaves(then: () => void): void {
  left = () => {
    left = () => {};
    then();
  };
}
