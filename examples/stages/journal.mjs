import { field, messageOf, sink, WeirError } from 'weir/stage';

/** Appends records to a file as JSON lines. What a checkpoint holds is appended by its commit, which can be repeated. */
export default sink({
  summary: 'Append each record to a file, exactly once.',
  since: '0.1.0',
  options: { path: field.path('The file.') },
  main: 'path',
  delivery: 'exactly-once',
  proof: 'stages/journal.test.mjs',
  examples: [
    {
      title: 'two lines',
      options: { path: 'j.ndjson' },
      given: [{ id: 1 }, { id: 2 }],
      expectText: '{"id":1}\n{"id":2}\n',
    },
  ],
  create: (_, { pendingPart }) => {
    let part;
    return {
      write(row) {
        const line = lineOf(row);
        part ??= pendingPart();
        part.bytes.text(line);
        part.wrote();
      },
      busy: () => part?.busy(),
      async prepare() {
        const sealed = part;
        part = undefined;
        return await sealed?.seal();
      },
    };
  },
  committer: ({ path }, { disk }) => ({
    async commit(_epoch, parts, base) {
      let length = base ?? 0;
      for (const part of parts) {
        if ('inline' in part) {
          const file = await disk.openAppend(path, { truncateTo: length });
          await file.append(part.inline);
          await file.sync();
          await file.close();
        } else await disk.appendFileTo(part.file, path, length);
        length += part.bytes;
      }
      return length;
    },
  }),
});

/** What a record can do wrong is a coded error: then the record is a dead letter, and not the stage at fault. */
function lineOf(row) {
  try {
    return `${JSON.stringify(row)}\n`;
  } catch (error) {
    throw new WeirError('WEIR_JOURNAL', messageOf(error));
  }
}
