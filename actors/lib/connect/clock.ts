/** The clock of what runs before there is a stage: `weir check --connect`. It logs nothing. */
export const clock = {
  now: () => performance.now(),
  after(ms: number, task: () => void): () => void {
    const timer = setTimeout(task, ms);
    return () => clearTimeout(timer);
  },
  log() {},
};
