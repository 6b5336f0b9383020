/** For `process`: a record asks to be reminded after so many milliseconds, and then `more` times again. */
export const remind = (context) => {
  const open = context.map('open');
  return {
    onRecord(row) {
      context.emit({ id: row.id });
      open.set(context.now() + row.in, [row.in, row.more]);
      context.setProcessingTimer(context.now() + row.in);
    },
    onTimer(time) {
      const [every, more] = open.get(time);
      open.delete(time);
      context.emit({ due: time });
      if (more === 0) return;
      open.set(time + every, [every, more - 1]);
      context.setProcessingTimer(time + every);
    },
  };
};
