import { setMaxListeners } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { setTimeout as pause } from 'node:timers/promises';
import { Outage, type OutageHost } from '../delivery/outage.ts';
import { type Patience, persist } from '../delivery/persist.ts';
import { faultOf, isMissing, RemoteFault } from './faults.ts';
import { HdfsStream, type StreamSource } from './hdfs-stream.ts';
import type { HdfsOptions } from './options.ts';
import { type Body, bytesOf, send } from './request.ts';

/** What is known of a file or folder. */
export interface Status {
  /** Within the folder that was listed; empty for the one that was asked about. */
  readonly pathSuffix: string;
  readonly type: 'FILE' | 'DIRECTORY' | 'SYMLINK';
  readonly length: number;
  /** The inode: another file under the same path has another one. */
  readonly fileId: number;
  /** Milliseconds since the epoch, by the clock of who set it. */
  readonly modificationTime: number;
}

const TRUNCATE_LOOK_MS = 200;
const TRUNCATE_LOOKS = 100;
const HURRY_MS = 2000;

/**
 * A file system over WebHDFS. What fails by the network, a NameNode in safe mode or DataNodes that are away is tried again for
 * `retryFor`; all requests can be repeated. Throws `WEIR_HDFS_…`, `WEIR_FILE_NOT_FOUND`.
 */
export class WebHdfs {
  readonly where: string;
  readonly #base: string;
  readonly #who: Record<string, string>;
  readonly #timeoutMs: number;
  readonly #patience: Patience;
  readonly #closing = new AbortController();
  readonly #hurrying = new AbortController();

  constructor({ nameNode, user, token, timeout, retryFor }: HdfsOptions, log: OutageHost['log']) {
    const { origin, pathname } = new URL(nameNode);
    this.where = `hdfs ${origin}`;
    this.#base = `${origin}${pathname.replace(/\/+$/, '').replace(/\/webhdfs\/v1$/, '')}/webhdfs/v1`;
    this.#who = token !== undefined ? { delegation: token } : user !== undefined ? { 'user.name': user } : {};
    this.#timeoutMs = timeout;
    const over = AbortSignal.any([this.#closing.signal, this.#hurrying.signal]);
    // Requests and pauses wait on them side by side, which is no leak.
    setMaxListeners(0, this.#closing.signal, over);
    const now = () => performance.now();
    this.#patience = {
      outage: new Outage(this.where, { now, log }),
      now,
      closed: () => over.aborted,
      pause: (ms) => pause(ms, undefined, { signal: over }).catch(() => {}),
      judge: (cause) => faultOf(cause, this.where),
      random: Math.random,
      forMs: retryFor,
    };
  }

  /** One that tries nothing twice and logs nothing: for what is asked before a run. */
  static once(options: HdfsOptions): WebHdfs {
    return new WebHdfs({ ...options, retryFor: 0 }, () => {});
  }

  /** The run ends: what fails is tried no more, and in a moment all is closed. */
  hurry(): void {
    this.#hurrying.abort();
    const { signal } = this.#closing;
    pause(HURRY_MS, undefined, { signal, ref: false }).then(
      () => this.close(),
      () => {},
    );
  }

  /** For as long as a stage runs that has it. */
  close(): void {
    this.#closing.abort();
  }

  /** Tries until it is done, or cannot be. */
  #tried<T>(task: () => Promise<T>): Promise<T> {
    return persist(this.#patience, task);
  }

  #url(path: string, op: string, parameters: Record<string, string | number> = {}): URL {
    const url = new URL(this.#base + path.split('/').map(encodeURIComponent).join('/'));
    for (const [name, value] of Object.entries({ op, ...this.#who, ...parameters })) {
      url.searchParams.set(name, String(value));
    }
    return url;
  }

  #send(method: string, url: URL, body?: Body): Promise<IncomingMessage> {
    return send(method, url, this.#timeoutMs, body, this.#closing.signal);
  }

  async #json(method: string, url: URL): Promise<Record<string, any>> {
    const text = (await bytesOf(await this.#send(method, url))).toString('utf8');
    return text === '' ? {} : JSON.parse(text);
  }

  /** Where a DataNode takes or gives the bytes: asked for first, so that none are sent to the NameNode in vain. */
  async #place(method: string, path: string, op: string, parameters: Record<string, string | number> = {}) {
    const { Location } = await this.#json(method, this.#url(path, op, { noredirect: 'true', ...parameters }));
    if (typeof Location !== 'string') throw new RemoteFault('', 'no DataNode is named', 503);
    return new URL(Location);
  }

  async status(path: string): Promise<Status | undefined> {
    try {
      const url = this.#url(path, 'GETFILESTATUS');
      return await this.#tried(async () => {
        const { FileStatus } = await this.#json('GET', url);
        if (FileStatus === undefined) throw new TypeError('an answer without FileStatus');
        return FileStatus;
      });
    } catch (error) {
      if (isMissing(error)) return undefined;
      throw error;
    }
  }

  /** Whether we may do so with what is there: `r--`, `-wx`. Throws `WEIR_HDFS_LOGIN`, `WEIR_FILE_NOT_FOUND`. */
  async access(path: string, action: string): Promise<void> {
    await this.#tried(() => this.#json('GET', this.#url(path, 'CHECKACCESS', { fsaction: action })));
  }

  /** What a folder holds; nothing when it is not there. */
  async list(path: string): Promise<Status[]> {
    try {
      const url = this.#url(path, 'LISTSTATUS');
      return await this.#tried(async () => (await this.#json('GET', url)).FileStatuses.FileStatus);
    } catch (error) {
      if (isMissing(error)) return [];
      throw error;
    }
  }

  /** Some bytes of a file, fewer at its end. */
  read(path: string, offset: number, length: number): Promise<Buffer> {
    return this.#tried(async () => bytesOf(await this.#open(path, offset, length)));
  }

  /** The bytes of a file from `offset` to `end`, or to its own. */
  stream(path: string, offset: number, end = Number.POSITIVE_INFINITY): HdfsStream {
    const source: StreamSource = {
      open: (from, length) => this.#open(path, from, length),
      tried: (task) => this.#tried(task),
    };
    return new HdfsStream(source, offset, end);
  }

  async #open(path: string, offset: number, length?: number): Promise<IncomingMessage> {
    const to: { length?: number } = length === undefined ? {} : { length };
    return this.#send('GET', await this.#place('GET', path, 'OPEN', { offset, ...to }));
  }

  /**
   * Makes the file end with `body` at byte `offset`: what stood behind goes, as of a try that was cut short. Whole files are
   * written anew; an append costs some hundred milliseconds.
   */
  write(path: string, offset: number, body: Body): Promise<void> {
    return this.#tried(async () => {
      if (offset === 0) {
        const place = await this.#place('PUT', path, 'CREATE', { overwrite: 'true' });
        await bytesOf(await this.#send('PUT', place, body));
        return;
      }
      await this.#truncate(path, offset);
      await bytesOf(await this.#send('POST', await this.#place('POST', path, 'APPEND'), body));
    });
  }

  async #truncate(path: string, length: number): Promise<void> {
    const { FileStatus: before } = await this.#json('GET', this.#url(path, 'GETFILESTATUS'));
    if (before.length < length) {
      const what = `${path} has ${before.length} bytes, and had ${length}`;
      throw new RemoteFault('FileNotFoundException', what, 404);
    }
    if (before.length === length) return;
    const { boolean: done } = await this.#json('POST', this.#url(path, 'TRUNCATE', { newlength: length }));
    if (done) return;
    // The last block is being recovered: nothing can be appended meanwhile.
    for (let look = 0; look < TRUNCATE_LOOKS; look++) {
      await pause(TRUNCATE_LOOK_MS, undefined, { signal: this.#closing.signal });
      const { FileStatus } = await this.#json('GET', this.#url(path, 'GETFILESTATUS'));
      if (FileStatus.length === length) return;
    }
    throw new RemoteFault('RecoveryInProgressException', `${path} is still being cut to ${length} bytes`, 403);
  }

  /** Puts a file in the place of another; done already when only the other is there. */
  async rename(from: string, to: string): Promise<void> {
    await this.#tried(async () => {
      try {
        await this.#json('PUT', this.#url(from, 'RENAME', { destination: to, renameoptions: 'OVERWRITE' }));
      } catch (error) {
        if (!isMissing(error)) throw error;
        await this.#json('GET', this.#url(to, 'GETFILESTATUS'));
      }
    });
  }

  /** Gives a file a name that no other has; false where one has it, or where the file is gone, as when a try before has renamed it. */
  renameNew(from: string, to: string): Promise<boolean> {
    return this.#tried(async () => {
      try {
        await this.#json('PUT', this.#url(from, 'RENAME', { destination: to, renameoptions: 'NONE' }));
        return true;
      } catch (error) {
        if (isMissing(error)) return false;
        if (error instanceof RemoteFault && error.exception === 'FileAlreadyExistsException') return false;
        throw error;
      }
    });
  }

  async touch(path: string): Promise<void> {
    await this.#tried(() => this.#json('PUT', this.#url(path, 'SETTIMES', { modificationtime: Date.now() })));
  }

  async remove(path: string): Promise<void> {
    await this.#tried(() => this.#json('DELETE', this.#url(path, 'DELETE')));
  }
}
