/** What happens when whoever reads our output has gone. */
let left = (): void => process.exit();

/**
 * Looks after standard output and error. A reader that has seen enough, such as `head`, is no failure. Output that cannot be
 * written ends the process, as a crash would: what a run has not shown it gives again. Log lines are not worth that.
 */
export function watchReader(): void {
  for (const stream of [process.stdout, process.stderr]) {
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EPIPE') left();
      else if (stream === process.stdout) {
        process.stderr.write(`weir: standard output cannot be written: ${error.message}\n`);
        process.exit(1);
      }
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
