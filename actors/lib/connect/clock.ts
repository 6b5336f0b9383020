/** The clock of what no stage gives one: `weir check --connect`, committers. It logs nothing. */
export const clock = {
  now: () => performance.now(),
  after(ms: number, task: () => void): () => void {
    const timer = setTimeout(task, ms);
    return () => clearTimeout(timer);
  },
  log() {},
};
