import { createServer, type Server } from 'node:net';
import type {
  CodecDefinition,
  Decoder,
  DecoderOutput,
  Row,
  SealedPart,
  SinkDefinition,
  SourceDefinition,
} from '../../../src/stage/index.ts';
import { codec, field, messageOf, sink, source, WeirError } from '../../../src/stage/index.ts';

const about = { docs: 'For tests.', since: '0.1.0', cost: 'nothing' };

type Line = (text: string, order: number, out: DecoderOutput, bytes: Buffer) => void;

/** Takes lines apart as a decoder must: only whole ones, but for the last. */
function lines(take: Line) {
  return (_: unknown, { out }: { out: DecoderOutput }): Decoder => ({
    decode(bytes, start, end, order, last) {
      let from = start;
      for (let at = bytes.indexOf(10, from); from < end; at = bytes.indexOf(10, from)) {
        const ends = at >= 0 && at < end;
        if (!ends && !last) return from;
        const to = ends ? at : end;
        if (to > from) take(bytes.toString('utf8', from, to), order + from - start, out, bytes.subarray(from, to));
        from = ends ? to + 1 : end;
      }
      return from;
    },
  });
}

const honestLine: Line = (text, order, out, bytes) => {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    out.malformed(Buffer.from(bytes), messageOf(error), order);
    return;
  }
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) out.accept(value as Row, order);
  else out.malformed(Buffer.from(bytes), 'no object', order);
};

/** JSON lines, decoded as they must be; `spec` plants a defect. */
export function jsonLines(spec: Partial<CodecDefinition<any>> = {}): CodecDefinition<any> {
  return codec({
    ...about,
    summary: 'JSON lines.',
    options: {},
    examples: [
      {
        title: 'two',
        text: '{"id":1,"t":"a"}\n{"id":2,"t":"b"}\n',
        expect: [
          { id: 1, t: 'a' },
          { id: 2, t: 'b' },
        ],
      },
    ],
    splittable: true,
    delimiter: 10,
    decoder: lines(honestLine),
    encoder: () => ({
      encode(row, into) {
        const big = Object.values(row).some((value) => typeof value === 'bigint');
        if (big) throw new WeirError('WEIR_BIG', 'too big');
        into.text(`${JSON.stringify(row)}\n`);
      },
    }),
    ...spec,
  });
}

export const plantedCodecs: Record<string, CodecDefinition<any>> = {
  examples: jsonLines({ decoder: lines((text, order, out) => out.accept({ text }, order)) }),
  'pieces change nothing': jsonLines({
    decoder: (options, context) => {
      const { decode } = lines(honestLine)(options, context);
      // Takes the end of a piece for the end of the input.
      return { decode: (bytes, start, end, order) => decode(bytes, start, end, order, true) };
    },
  }),
  'can be read from any delimiter on': jsonLines({
    decoder: (_, { out }) => {
      let number = 0;
      return lines((text, _order, _out, bytes) => honestLine(text, number++, out, bytes))(_, { out });
    },
  }),
  'what is written is read back': jsonLines({
    encoder: () => ({ encode: ({ id, t }, into) => into.text(`{"id":${Number(id)},"t":"${t}"}\n`) }),
  }),
  'arbitrary bytes': jsonLines({ decoder: lines((text, order, out) => out.accept(JSON.parse(text), order)) }),
  "the plan's program gives the same": jsonLines({
    decoder: (options, { program, out }) =>
      lines((text, order, _, bytes) => {
        if (program.select === undefined) honestLine(text, order, out, bytes);
        // Runs the projection, and forgets the filter.
        else out.emit({ it: (program.select.expressions[0] as any).evaluate(JSON.parse(text), {}) }, 0, order);
      })(options, { out }),
  }),
};

/** Numbers, dealt out over splits as they must be; `spec` plants a defect. */
export function counting(
  spec: Partial<SourceDefinition<any>> = {},
  position = (next: number) => next,
): SourceDefinition<any> {
  return source({
    ...about,
    summary: 'Numbers.',
    options: { count: field.count('How many.', { unit: 'records' }) },
    examples: [{ title: 'two', options: { count: 2 }, expect: [{ n: 0 }, { n: 1 }] }],
    replayable: true,
    bounded: true,
    splits: async (_, { parallelism }) =>
      Array.from({ length: parallelism }, (__, lane) => ({ id: String(lane), data: { lane, lanes: parallelism } })),
    create({ count }: { count: number }) {
      let lanes: { id: string; next: number; step: number }[] = [];
      return {
        open(splits) {
          lanes = splits.map(({ id, data, position: at }) => {
            const { lane, lanes: step } = data as { lane: number; lanes: number };
            return { id, next: (at as number | undefined) ?? lane, step };
          });
        },
        poll(out) {
          for (const lane of lanes) {
            for (let i = 0; i < 100 && lane.next < count; i++, lane.next += lane.step) {
              out.emit(lane.id, { n: lane.next }, lane.next, lane.next);
            }
          }
          return lanes.some(({ next }) => next < count) ? 'more' : 'end';
        },
        positions: () => Object.fromEntries(lanes.map(({ id, next }) => [id, position(next)])),
      };
    },
    ...spec,
  });
}

/** What a planted source has left open. */
export const leaked: Server[] = [];

function leaking(): SourceDefinition<any> {
  const honest = counting();
  return counting({
    create(options, context) {
      const reader = honest.create(options, context);
      return {
        ...reader,
        async open(splits) {
          const server = createServer();
          leaked.push(server);
          await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
          await reader.open(splits);
        },
      };
    },
  });
}

export const plantedSources: Record<string, SourceDefinition<any>> = {
  examples: counting({ examples: [{ title: 'two', options: { count: 2 }, expect: [{ n: 1 }, { n: 2 }] }] }),
  'positions replay': counting({}, (next) => Math.max(0, next - 1)),
  'subtasks share the input': counting({
    splits: async (_, { parallelism }) =>
      Array.from({ length: parallelism }, (__, lane) => ({ id: String(lane), data: { lane: 0, lanes: 1 } })),
  }),
  'close gives back what open took': leaking(),
};

interface File {
  length: number;
}

/** Lines at the end of a file, each exactly once as it must be; `spec` plants a defect. */
export function appending(
  spec: Partial<SinkDefinition<any>> = {},
  base = ({ length }: File) => length,
): SinkDefinition<any> {
  return sink({
    ...about,
    summary: 'Lines of a file.',
    options: { path: field.path('Where.') },
    delivery: 'exactly-once',
    proof: 'test/testkit/battery.test.ts',
    examples: [
      { title: 'two', options: { path: 'out' }, given: [{ id: 1 }, { id: 2 }], expectText: '{"id":1}\n{"id":2}\n' },
    ],
    create(_, context) {
      let part = context.pendingPart();
      return {
        write(row) {
          if (Object.values(row).some((value) => typeof value === 'bigint')) throw new WeirError('WEIR_BIG', 'too big');
          part.bytes.text(`${JSON.stringify(row)}\n`);
          part.wrote();
        },
        prepare() {
          const sealed = part.seal();
          part = context.pendingPart();
          return sealed;
        },
      };
    },
    committer: ({ path }: { path: string }, { disk }) => ({
      async commit(_, parts, before) {
        let length = before === undefined ? 0 : base(before as File);
        for (const part of parts as SealedPart[]) {
          const from = Math.min(length, (await disk.size(path)) ?? 0);
          if ('file' in part) await disk.appendFileTo(part.file, path, from);
          else {
            const file = await disk.openAppend(path, { truncateTo: from });
            await file.append(part.inline);
            await file.sync();
          }
          length += part.bytes;
        }
        return { length };
      },
    }),
    ...spec,
  });
}

const NEVER_CUT = Number.POSITIVE_INFINITY;

export const plantedSinks: Record<string, SinkDefinition<any>> = {
  examples: appending({
    examples: [{ title: 'one', options: { path: 'out' }, given: [{ id: 1 }], expectText: '[1]\n' }],
  }),
  'crashes keep its promise': appending({}, () => NEVER_CUT),
  'hostile records': appending({
    create: () => ({ write: (row) => void String((row.id as number).toFixed(0)), prepare: async () => undefined }),
  }),
};

let prepared = 0;

/** Prepares bytes that it has not synced. */
export const forgetful: SinkDefinition<any> = appending({
  create(_, { disk, pendingFolder }) {
    let rows: Row[] = [];
    return {
      write: (row) => void rows.push(row),
      async prepare() {
        const path = `${pendingFolder}/rows-${prepared++}`;
        const file = await disk.openAppend(path);
        await file.append(Buffer.from(rows.map((row) => `${JSON.stringify(row)}\n`).join('')));
        rows = [];
        return { file: path };
      },
    };
  },
  committer: ({ path }: { path: string }, { disk }) => ({
    async commit(_, parts, before) {
      let length = (before as File | undefined)?.length ?? 0;
      for (const { file } of parts as { file: string }[]) {
        await disk.appendFileTo(file, path, length);
        length += (await disk.size(file)) ?? 0;
      }
      return { length };
    },
  }),
});
