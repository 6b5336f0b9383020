import {
  type AssignedSplit,
  assert,
  type Decoder,
  formatBytes,
  type SourceContext,
  type SourceOutput,
  type SourceReader,
  WeirError,
} from '#stage';
import { type Chunk, Chunks } from './chunks.ts';
import { ChunkFeed, type Feed, OpenFiles, StreamFeed } from './feed.ts';
import { checkUnchanged, type InputFile } from './input-files.ts';
import { Window } from './window.ts';

/** Chunks that are read ahead of the one that is decoded. */
const AHEAD = 2;
/** Decoded at a poll: about half a millisecond's work. */
const SLICE = 192 * 1024;
/** Kept of a record that is too long, for its dead letter; and read of a file for its header. */
const SAMPLE = 64 * 1024;

/** What a lane's split holds: all files, so that any subtask can find its chunks. */
export interface LaneData {
  readonly files: readonly InputFile[];
  readonly lane: number;
  readonly lanes: number;
  readonly chunk: number;
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
  /** The file whose header the decoder has seen. */
  headOf?: InputFile;
}

interface Unit {
  readonly lane: Lane;
  readonly number: number;
  readonly chunk: Chunk;
  readonly feed: Feed;
  begun: boolean;
  /** How many bytes the decoder needs to be asked again, when it found no whole record; else 0. */
  retry: number;
  /** Behind a record that is too long, on the way to the next delimiter. */
  skipping: boolean;
}

/** Reads the chunks of its lanes in their order, decoding one while the next are on their way. */
export class FileReader implements SourceReader {
  readonly #context: SourceContext;
  readonly #maxRecord: number;
  readonly #units: Unit[] = [];
  readonly #pool: Window[] = [];
  readonly #heads = new Map<string, { bytes: Buffer; whole: boolean }>();
  readonly #files: OpenFiles;
  #lanes: Lane[] = [];
  #failed = false;

  constructor(context: SourceContext, maxRecord: number) {
    this.#context = context;
    this.#maxRecord = maxRecord;
    this.#files = new OpenFiles(({ file }) => checkUnchanged(file));
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
      this.#units.push({ lane, number, chunk, feed, begun: false, retry: 0, skipping: false });
    }
  }

  #feed(lane: Lane, chunk: Chunk, from: number): Feed {
    const wake = this.#context.wake;
    const handle = this.#files.handle(chunk).then(async (file) => {
      if (lane.decoder?.header !== undefined && !chunk.whole && !this.#heads.has(chunk.file.path)) {
        const bytes = Buffer.alloc(Math.min(SAMPLE, chunk.file.size));
        await file.read(bytes, 0, bytes.length, 0);
        this.#heads.set(chunk.file.path, { bytes, whole: bytes.length === chunk.file.size });
      }
      return file;
    });
    if (!chunk.whole) {
      const window = this.#pool.pop() ?? new Window(chunk.end - chunk.start + 2 * SAMPLE);
      return new ChunkFeed(chunk, from, { window, maxRecord: this.#maxRecord, handle, wake });
    }
    return new StreamFeed(chunk, handle, wake);
  }

  #fail(error: unknown): void {
    if (!this.#failed) this.#context.fail(error);
    this.#failed = true;
  }

  poll(out: SourceOutput): 'more' | 'wait' | 'end' {
    if (this.#failed) return 'wait';
    for (const lane of this.#lanes) {
      lane.decoder ??= this.#context.decoder(lane.id, out);
      if (lane.chunk < lane.chunks.count || lane.ended) continue;
      lane.ended = true;
      out.endSplit(lane.id);
    }
    try {
      this.#plan();
      const unit = this.#units[0];
      if (unit === undefined) return 'end';
      return this.#advance(unit, out) ? 'more' : 'wait';
    } catch (error) {
      this.#fail(error);
      return 'wait';
    }
  }

  /** Decodes what is at hand of the chunk; false when that is nothing. */
  #advance(unit: Unit, out: SourceOutput): boolean {
    const { feed, lane } = unit;
    const { window } = feed;
    const pulled = feed.pull();
    if (!unit.begun && !this.#begin(unit)) return pulled;
    if (unit.skipping && !this.#skip(unit)) return pulled || this.#finish(unit, out);
    if (feed.complete && window.length === 0) return this.#finish(unit, out);
    if (window.length === 0 || (window.length < unit.retry && !feed.complete)) return pulled;
    if (this.#decode(unit)) {
      lane.offset = window.offset;
      unit.retry = 0;
      return true;
    }
    assert(!feed.complete, 'a decoder takes all that there is');
    if (window.length > this.#maxRecord) return this.#refuse(unit, out, window.offset, window.length);
    // A record that is not whole is tried again when twice as much is there, or more than is allowed.
    unit.retry = Math.min(2 * window.length, this.#maxRecord + 1);
    return pulled;
  }

  /** Shows the decoder the file's header and goes to where reading is to begin; false while more bytes are needed. */
  #begin(unit: Unit): boolean {
    const { lane, chunk, feed } = unit;
    const { window } = feed;
    const { decoder } = lane;
    if (decoder?.header !== undefined && lane.headOf !== chunk.file) {
      const { bytes, whole } = this.#heads.get(chunk.file.path) ?? {
        bytes: window.buffer.subarray(window.start, window.end),
        whole: feed.complete,
      };
      if (!chunk.whole && !feed.complete) return false;
      const behind = decoder.header(bytes, 0, bytes.length, whole);
      if (behind < 0) {
        if (bytes.length < SAMPLE) return false;
        throw new WeirError('WEIR_FILE_HEADER', `${chunk.file.path}: no header ends within ${formatBytes(SAMPLE)}`);
      }
      lane.headOf = chunk.file;
      window.drop(Math.min(window.length, Math.max(0, behind - window.offset)));
    }
    // A stream cannot begin in the middle.
    window.drop(Math.min(window.length, Math.max(0, (chunk.whole ? lane.offset : 0) - window.offset)));
    unit.begun = window.offset >= (chunk.whole ? lane.offset : 0);
    return unit.begun;
  }

  #decode({ lane, chunk, feed }: Unit): boolean {
    const { window } = feed;
    const { buffer, start, end, offset } = window;
    const decoder = lane.decoder as Decoder;
    const isLast = feed.complete && (chunk.whole || offset + window.length >= chunk.file.size);
    let to = Math.min(end, start + SLICE);
    let next = decoder.decode(buffer, start, to, chunk.order + offset, isLast && to === end);
    if (next === start && to < end) {
      to = end;
      next = decoder.decode(buffer, start, to, chunk.order + offset, isLast);
    }
    window.drop(next - start);
    return next > start;
  }

  /** A record that is too long becomes a dead letter. */
  #refuse(unit: Unit, out: SourceOutput, offset: number, bytes: number): true {
    const { window } = unit.feed;
    const sample = Buffer.from(window.buffer.subarray(window.start, window.start + Math.min(bytes, SAMPLE)));
    const reason = `a record of more than ${formatBytes(this.#maxRecord)} (maxRecord)`;
    out.malformed(unit.lane.id, sample, reason, unit.chunk.order + offset);
    unit.skipping = true;
    return true;
  }

  /** Goes to behind the next delimiter; false while none is in sight. */
  #skip(unit: Unit): boolean {
    const { window } = unit.feed;
    const delimiter = this.#context.splittable ? window.find(window.offset, window.offset + window.length) : -1;
    window.drop(delimiter < 0 ? window.length : delimiter + 1 - window.offset);
    if (delimiter < 0) return false;
    unit.skipping = false;
    unit.retry = 0;
    unit.lane.offset = window.offset;
    return true;
  }

  #finish(unit: Unit, out: SourceOutput): boolean {
    const { lane, feed, chunk } = unit;
    if (!feed.complete || feed.window.length > 0) return false;
    const { oversize } = feed;
    if (oversize !== undefined) this.#refuse(unit, out, oversize.offset, oversize.bytes);
    feed.close();
    if (!chunk.whole) this.#pool.push(feed.window);
    lane.chunk = unit.number + lane.lanes;
    lane.offset = 0;
    this.#units.shift();
    this.#plan();
    const needed = new Set(this.#units.map((each) => each.chunk.file.path));
    if (!needed.has(chunk.file.path)) this.#release(needed);
    return true;
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
