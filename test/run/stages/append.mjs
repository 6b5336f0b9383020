import { field, sink } from 'weir/stage';

/** Appends records to one file as JSON lines, exactly once. */
export default sink({
  summary: 'A file.',
  since: '0.1.0',
  options: { path: field.path('Where.') },
  delivery: 'exactly-once',
  proof: 'test/run/engine.test.ts',
  examples: [],
  create(_, context) {
    let part = context.pendingPart();
    return {
      write(row) {
        part.bytes.text(`${JSON.stringify(row)}\n`);
        part.wrote();
      },
      busy: () => part.busy(),
      prepare() {
        const sealed = part.seal();
        part = context.pendingPart();
        return sealed;
      },
    };
  },
  committer({ path }, { disk }) {
    return {
      async commit(_, parts, base) {
        let length = base ?? 0;
        for (const part of parts) {
          if ('inline' in part) {
            const file = await disk.openAppend(path, { truncateTo: length });
            await file.append(part.inline);
            await file.close();
          } else await disk.appendFileTo(part.file, path, length);
          length += part.bytes;
        }
        return length;
      },
    };
  },
});
