/** A clock that is wherever it was put last, and a log. */
export function world() {
  const lines: string[] = [];
  const self = {
    at: 0,
    lines,
    now: () => self.at,
    log: (level: string, text: string) => void lines.push(`${level} ${text}`),
    after: (ms: number, task: () => void) => {
      self.at += ms;
      queueMicrotask(task);
      return () => {};
    },
  };
  return self;
}
