import { type FSWatcher, watch } from 'node:fs';
import { open } from 'node:fs/promises';
import { type AssignedSplit, type SourceContext, type SourceOutput, type SourceReader, WeirError } from '#stage';
import { readError } from '../file/input-files.ts';
import { type FoundFile, findBetween, findFiles, findRenamed, foldersOf } from './find-files.ts';
import { type TailContext, TailedFile, type TailPosition } from './tailed-file.ts';

/** From a change to looking at it, so that a burst of changes is looked at once. */
const SETTLE_MS = 10;
/** Where the last record's end is looked for. */
const TAIL = 64 * 1024;

export interface TailOptions {
  readonly path: string;
  readonly from: 'end' | 'beginning';
  readonly everyMs: number;
  readonly rotateWaitMs: number;
  readonly maxRecord: number;
  readonly recordWaitMs: number;
}

interface Position {
  readonly total: number;
  readonly files: readonly TailPosition[];
}

/** Follows files as they grow, are renamed, cut and replaced. */
export class TailReader implements SourceReader {
  readonly #context: SourceContext;
  readonly #o: TailOptions;
  readonly #files = new Map<string, TailedFile>();
  readonly #watchers = new Map<string, FSWatcher>();
  readonly #shared: TailContext;
  #split: string | undefined;
  #out: SourceOutput | undefined;
  #isFirst = true;
  #scanDue = false;
  #timer: (() => void) | undefined;
  /** In how many milliseconds the timer that is set was to run. */
  #soonest = Number.POSITIVE_INFINITY;
  #working: Promise<void> | undefined;
  #closed = false;

  constructor(context: SourceContext, options: TailOptions) {
    this.#context = context;
    this.#o = options;
    this.#shared = {
      total: 0,
      maxRecord: options.maxRecord,
      now: context.now,
      decoder: () => context.decoder(this.#split as string, undefined as unknown as SourceOutput),
      malformed: (input, reason, order) => this.#out?.malformed(this.#split as string, input, reason, order),
    };
  }

  async open([split]: readonly AssignedSplit[]): Promise<void> {
    if (split === undefined) return;
    this.#split = split.id;
    if (!this.#context.splittable && this.#shared.decoder().byLines !== true) {
      const what = 'tail needs a codec whose records end with a line, such as ndjson, lines or csv';
      throw new WeirError('WEIR_TAIL_CODEC', what);
    }
    const position = split.position as Position | undefined;
    this.#isFirst = position === undefined;
    this.#shared.total = position?.total ?? 0;
    const renamed: [string, FoundFile][] = [];
    for (const each of position?.files ?? []) {
      const found = await this.#reopen(each);
      if (found !== undefined && found.path !== each.path) renamed.push([each.path, found]);
    }
    await this.#scan();
    for (const [path, found] of renamed) await this.#lookBetween(path, found);
    this.#work();
  }

  /** Finds a file of a checkpoint again, wherever it has been moved within its folder. */
  async #reopen(position: TailPosition): Promise<FoundFile | undefined> {
    const { id, path, offset } = position;
    const found = await findRenamed(path, id);
    const file = found && (await TailedFile.open(id, found.path, offset, this.#shared));
    if (file !== undefined && found!.size >= offset && (await file.isKnownBy(position))) {
      this.#files.set(id, file);
      return found;
    }
    await file?.close();
    const also = 'and so is what came after it and was moved away while nobody looked';
    this.#context.log('warn', `${path} is gone or was cut: what it had behind byte ${offset} is lost, ${also}`);
    return undefined;
  }

  /** Rotated more than once while nobody looked, a log leaves files between the one that was read and the one that is there. */
  async #lookBetween(path: string, found: FoundFile): Promise<void> {
    const between = await findBetween(path, found, new Set(this.#files.keys()));
    if (between.length === 0) return;
    const what = `${path} was moved away while nobody looked, and ${between.join(', ')} perhaps after it`;
    const remedy = 'a glob that matches the names of old files as well finds them';
    this.#context.log('warn', `${what}: what came that way is not read; ${remedy}`);
  }

  async #scan(): Promise<void> {
    const found = await findFiles(this.#o.path);
    for (const each of found) {
      // It may be gone again before it is opened.
      await this.#see(each).catch((error) => {
        if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
      });
    }
    const ids = new Set(found.map(({ id }) => id));
    for (const [id, file] of this.#files) {
      if (ids.has(id)) {
        file.goneSince = undefined;
        file.isOver = false;
      } else {
        // It may still be written to for a while, and be read although it has no name any more.
        const now = this.#context.now();
        file.goneSince ??= now;
        await file.look();
        file.isOver = now - file.goneSince >= this.#o.rotateWaitMs;
      }
    }
    this.#isFirst = false;
    this.#watch(foldersOf(this.#o.path, found));
  }

  async #see({ id, path, size }: FoundFile): Promise<void> {
    let file = this.#files.get(id);
    if (file === undefined) {
      const offset = this.#isFirst && this.#o.from === 'end' ? await lastRecordEnd(path, size) : 0;
      file = await TailedFile.open(id, path, offset, this.#shared);
      await file.look();
      this.#files.set(id, file);
      return;
    }
    file.path = path;
    if (!(await file.isNew(size))) return;
    this.#context.log('info', `${path} was cut: reading goes on at its beginning`);
    await file.restart(0);
  }

  #watch(folders: ReadonlySet<string>): void {
    for (const folder of folders) {
      if (this.#watchers.has(folder) || this.#closed) continue;
      try {
        const watcher = watch(folder, () => this.#soon(SETTLE_MS));
        // Where watching fails, looking every so often has to do.
        watcher.on('error', () => {
          watcher.close();
          this.#watchers.delete(folder);
        });
        this.#watchers.set(folder, watcher);
      } catch {}
    }
  }

  #soon(ms: number): void {
    if (this.#closed || ms >= this.#soonest) return;
    this.#timer?.();
    this.#soonest = ms;
    this.#timer = this.#context.after(ms, () => {
      this.#soonest = Number.POSITIVE_INFINITY;
      this.#scanDue = true;
      this.#work();
    });
  }

  /** Looks and reads, one thing at a time, until there is nothing to do. */
  #work(): void {
    if (this.#working !== undefined || this.#closed) return;
    this.#working = this.#doWork()
      .catch((error) => {
        if (!this.#closed) this.#context.fail(readError(this.#o.path, error));
      })
      .finally(() => {
        this.#working = undefined;
        this.#soon(this.#o.everyMs);
        this.#context.wake();
      });
  }

  async #doWork(): Promise<void> {
    if (this.#scanDue) {
      this.#scanDue = false;
      await this.#scan();
    }
    for (const file of this.#files.values()) if (file.isHungry) await file.fill();
  }

  poll(out: SourceOutput): 'more' | 'wait' | 'end' {
    if (this.#split === undefined) return 'end';
    this.#out = out;
    for (const file of this.#files.values()) {
      if (file.step(false)) return 'more';
      // The line that would tell that a record of several is whole may never come.
      if (file.isQuiet(this.#o.recordWaitMs)) while (file.step(true));
      if (file.isOver && file.isDone && !this.#working) {
        // Nobody will end its last record.
        while (file.step(true));
        this.#files.delete(file.id);
        file.close().catch(() => {});
      }
    }
    for (const file of this.#files.values()) if (file.isHungry) this.#work();
    return 'wait';
  }

  positions(): Record<string, Position> {
    if (this.#split === undefined) return {};
    const files = [...this.#files.values()].map((file) => file.position());
    return { [this.#split]: { total: this.#shared.total, files } };
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#timer?.();
    for (const watcher of this.#watchers.values()) watcher.close();
    await this.#working;
    for (const file of this.#files.values()) await file.close();
  }
}

/** Where the last whole record of a file ends, so that one that is being written is read whole. */
async function lastRecordEnd(path: string, size: number): Promise<number> {
  const handle = await open(path);
  try {
    const bytes = Buffer.alloc(Math.min(size, TAIL));
    await handle.read(bytes, 0, bytes.length, size - bytes.length);
    const delimiter = bytes.lastIndexOf(10);
    return delimiter < 0 && bytes.length === TAIL ? size : size - bytes.length + delimiter + 1;
  } finally {
    await handle.close();
  }
}
