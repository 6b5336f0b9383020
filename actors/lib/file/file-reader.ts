import type { AssignedSplit, Decoder, SourceContext, SourceOutput, SourceReader, Split } from '#stage';
import { RecordCutter } from '../bytes/record-cutter.ts';
import { Window } from '../bytes/window.ts';
import { type Chunk, Chunks } from './chunks.ts';
import { ChunkFeed, type Feed, OpenFiles } from './feed.ts';
import { type FileSystem, type InputFile, LOCAL_FILES, readError } from './input-files.ts';
import type { PackedFault } from './salvage.ts';
import { StreamFeed } from './stream-feed.ts';

/** Chunks that are read ahead of the one that is decoded. */
const AHEAD = 2;
/** Read of a file for its header. */
const HEAD = 64 * 1024;

/** What a lane's split holds: all files, so that any subtask can find its chunks. */
export interface LaneData {
  readonly files: readonly InputFile[];
  readonly lane: number;
  readonly lanes: number;
  readonly chunk: number;
}

/** The lanes that files are read in, side by side. */
export function lanesOf(
  files: readonly InputFile[],
  { parallelism, splittable, chunk }: { parallelism: number; splittable: boolean; chunk: number },
): Split[] {
  const lanes = Math.max(1, Math.min(parallelism, new Chunks(files, chunk, splittable).count));
  return Array.from({ length: lanes }, (_, lane) => {
    const data: LaneData = { files, lane, lanes, chunk };
    return { id: String(lane), data };
  });
}

/** The next record of a lane: its chunk, and its place in the file; 0 for the chunk's first. */
interface Position {
  chunk: number;
  offset: number;
}

interface Lane extends Position {
  readonly id: string;
  readonly lanes: number;
  readonly chunks: Chunks;
  /** Made at the first poll. */
  decoder: Decoder | undefined;
  /** The next chunk to read, which runs ahead of the one that is decoded. */
  planned: number;
  ended: boolean;
  /** The file whose header the decoder has seen, and where its records begin. */
  headOf?: InputFile;
  headEnd: number;
}

interface Unit {
  readonly lane: Lane;
  readonly number: number;
  readonly chunk: Chunk;
  readonly feed: Feed;
  readonly cutter: RecordCutter;
  /** The decoder has seen the header, and reading is where it is to begin. */
  begun: boolean;
}

export interface Limits {
  readonly maxRecord: number;
  /** A compressed file that unpacks to more than so many times its size is read no further. */
  readonly maxRatio: number;
}

/** Reads the chunks of its lanes in their order, decoding one while the next are on their way. */
export class FileReader implements SourceReader {
  readonly #context: SourceContext;
  readonly #limits: Limits;
  readonly #units: Unit[] = [];
  readonly #pool: Window[] = [];
  /** The first bytes of files that may have a header. */
  readonly #heads = new Map<string, Buffer>();
  readonly #system: FileSystem;
  readonly #files: OpenFiles;
  #lanes: Lane[] = [];
  #out: SourceOutput | undefined;
  #failed = false;

  constructor(context: SourceContext, limits: Limits, system = LOCAL_FILES) {
    this.#context = context;
    this.#limits = limits;
    this.#system = system;
    this.#files = new OpenFiles(system);
  }

  open(splits: readonly AssignedSplit[]): void {
    this.#lanes = splits.map(({ id, data, position }) => {
      const { files, lane, lanes, chunk } = data as LaneData;
      const { chunk: next, offset } = (position as Position | undefined) ?? { chunk: lane, offset: 0 };
      return {
        id,
        lanes,
        chunks: new Chunks(files, chunk, this.#context.splittable),
        decoder: undefined,
        chunk: next,
        offset,
        planned: next,
        ended: false,
        headEnd: 0,
      };
    });
  }

  positions(): Record<string, Position> {
    return Object.fromEntries(this.#lanes.map(({ id, chunk, offset }) => [id, { chunk, offset }]));
  }

  /** Starts to read the next chunks: of all lanes the one that is furthest behind. */
  #plan(): void {
    while (this.#units.length <= AHEAD) {
      let lane: Lane | undefined;
      for (const each of this.#lanes) {
        if (each.planned < each.chunks.count && (lane === undefined || each.planned < lane.planned)) lane = each;
      }
      if (lane === undefined) return;
      const number = lane.planned;
      lane.planned += lane.lanes;
      const chunk = lane.chunks.at(number);
      const feed = this.#feed(lane, chunk, number === lane.chunk ? lane.offset : 0);
      const cutter = new RecordCutter(feed.window, {
        decoder: lane.decoder as Decoder,
        splittable: this.#context.splittable,
        maxRecord: this.#limits.maxRecord,
        order: chunk.order,
        malformed: (input, reason, order) => this.#out?.malformed(lane.id, input, reason, order),
      });
      this.#units.push({ lane, number, chunk, feed, cutter, begun: false });
    }
  }

  #feed(lane: Lane, chunk: Chunk, from: number): Feed {
    const wake = this.#context.wake;
    const handle = this.#files.handle(chunk).then(async (file) => {
      if (lane.decoder?.header !== undefined && !chunk.whole && !this.#heads.has(chunk.file.path)) {
        const bytes = Buffer.alloc(Math.min(HEAD, chunk.file.size));
        await file.read(bytes, 0, bytes.length, 0);
        this.#heads.set(chunk.file.path, bytes);
      }
      return file;
    });
    if (!chunk.whole) {
      const window = this.#pool.pop() ?? new Window(chunk.end - chunk.start + 2 * HEAD);
      return new ChunkFeed(chunk, from, { window, maxRecord: this.#limits.maxRecord, handle, wake });
    }
    return new StreamFeed(chunk, handle, { wake, system: this.#system, maxRatio: this.#limits.maxRatio });
  }

  #fail(error: unknown): void {
    if (!this.#failed) this.#context.fail(error);
    this.#failed = true;
  }

  poll(out: SourceOutput): 'more' | 'wait' | 'end' {
    if (this.#failed) return 'wait';
    this.#out = out;
    for (const lane of this.#lanes) {
      lane.decoder ??= this.#context.decoder(lane.id, out);
      if (lane.chunk < lane.chunks.count || lane.ended) continue;
      lane.ended = true;
      out.endSplit(lane.id);
    }
    this.#plan();
    const unit = this.#units[0];
    if (unit === undefined) return 'end';
    try {
      return this.#advance(unit) ? 'more' : 'wait';
    } catch (error) {
      this.#fail(readError(unit.chunk.file.path, error));
      return 'wait';
    }
  }

  /** Decodes what is at hand of the chunk; false when that is nothing. */
  #advance(unit: Unit): boolean {
    const { feed, cutter, lane, chunk } = unit;
    const pulled = feed.pull();
    const isTorn = feed.complete && feed.fault?.torn === true;
    if (!unit.begun) unit.begun = this.#begin(unit, isTorn);
    if (isTorn && !(unit.begun && cutter.stepWhole())) {
      this.#finish(unit);
      return true;
    }
    if (!unit.begun) return pulled;
    if (feed.complete && feed.window.length === 0) {
      this.#finish(unit);
      return true;
    }
    const isLast = feed.complete && (chunk.whole || feed.window.offset + feed.window.length >= chunk.file.size);
    const moved = isTorn || cutter.step(feed.complete, isLast);
    lane.offset = cutter.resume;
    return moved || pulled;
  }

  /** Shows the decoder the file's header and goes to where reading is to begin; false while more bytes are needed. */
  #begin({ lane, chunk, feed, cutter }: Unit, isTorn: boolean): boolean {
    if (chunk.whole) {
      if (lane.headOf !== chunk.file && !cutter.header(feed.complete && !isTorn)) return false;
      lane.headOf = chunk.file;
      return cutter.seek(lane.offset); // A stream cannot begin in the middle.
    }
    if (!feed.complete) return false;
    const head = this.#heads.get(chunk.file.path);
    if (head !== undefined && lane.headOf !== chunk.file) lane.headEnd = this.#headEnd(lane, chunk, head);
    lane.headOf = chunk.file;
    cutter.seek(Math.min(lane.headEnd, feed.window.offset + feed.window.length));
    return true;
  }

  #headEnd(lane: Lane, chunk: Chunk, bytes: Buffer): number {
    const head = new Window(bytes.length);
    head.append(bytes);
    const { decoder } = lane;
    const options = { decoder: decoder as Decoder, splittable: true, maxRecord: 0, order: 0, malformed() {} };
    new RecordCutter(head, options).header(bytes.length === chunk.file.size);
    return head.offset;
  }

  #finish({ lane, feed, chunk, cutter, number }: Unit): void {
    if (feed.oversize !== undefined) cutter.refuse(feed.oversize);
    if (feed.fault !== undefined) cutter.breakOff(reasonOf(chunk.file, feed.fault));
    feed.close();
    if (!chunk.whole) this.#pool.push(feed.window);
    lane.chunk = number + lane.lanes;
    lane.offset = 0;
    this.#units.shift();
    this.#plan();
    const needed = new Set(this.#units.map((each) => each.chunk.file.path));
    if (!needed.has(chunk.file.path)) this.#release(needed);
  }

  #release(needed: ReadonlySet<string>): void {
    for (const path of this.#heads.keys()) if (!needed.has(path)) this.#heads.delete(path);
    this.#files.keep(needed).catch((error) => this.#context.log('warn', `closing a file: ${error}`));
  }

  async close(): Promise<void> {
    for (const { feed } of this.#units) feed.close();
    await this.#files.keep(new Set());
  }
}

function reasonOf({ path, size }: InputFile, { what, offset }: PackedFault): string {
  return `${path} at byte ${offset} of ${size}: ${what}; nothing behind this is read`;
}
