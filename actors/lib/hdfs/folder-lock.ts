import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { messageOf, parseJson, WeirError } from '#stage';
import { hasEnded, type ProcessId, thisProcess } from './process-id.ts';

/** How often who holds a folder says that it lives. */
const BEAT_MS = 10_000;
/** A holder that has not said so for as long is dead. */
const DEAD_MS = 60_000;
/** How often that is looked at. */
const LOOK_MS = 2000;

/** Where locks are kept. */
export interface LockStore {
  /** Makes a file where there is none; false where there is one. */
  create(path: string, bytes: Uint8Array): Promise<boolean>;
  read(path: string): Promise<Uint8Array | undefined>;
  /** Files whose names begin as a path, but for a dot before it, and go on behind another one. */
  beside(path: string): Promise<string[]>;
  rename(from: string, to: string): Promise<void>;
  remove(path: string): Promise<void>;
  /** Gives a file another time of its last change. */
  touch(path: string): Promise<void>;
  /** The time of its last change; undefined when there is no file. Compared with itself alone: clocks may differ. */
  touched(path: string): Promise<number | undefined>;
}

interface Holder extends ProcessId {
  readonly id: string;
}

/** The locks of this process that have not been given back. */
const held = new Set<string>();

export interface LockOptions {
  /** How the folder is called in errors. */
  readonly what: string;
  readonly log: (level: 'info' | 'warn', text: string) => void;
  /** For tests: waits, and who we are. */
  readonly wait?: (ms: number, signal: AbortSignal) => Promise<void>;
  readonly self?: ProcessId;
}

/**
 * Holds a folder of a file system that several machines share, by a file in it. The lock of a process of this machine that has ended
 * is taken over at once; that of one elsewhere, or in another container, when it has not touched its file for a minute. Names of
 * hosts tell nothing: two may have the same one. Throws `WEIR_LOCKED` while another one lives.
 */
export class FolderLock {
  readonly #store: LockStore;
  readonly #path: string;
  readonly #options: LockOptions;
  readonly #own: Holder;
  readonly #ending = new AbortController();
  #beats: Promise<void> | undefined;

  /** `folder` ends in a slash. */
  constructor(store: LockStore, folder: string, options: LockOptions) {
    this.#store = store;
    this.#path = `${folder}.weir-writer`;
    this.#options = options;
    this.#own = { id: randomUUID(), ...(options.self ?? thisProcess()) };
  }

  /** Called before each commit: takes the folder, or makes sure that it is still ours. */
  async hold(): Promise<void> {
    for (;;) {
      const holder = await this.#holder();
      if (holder?.id === this.#own.id) return;
      if (holder === undefined) {
        if (!(await this.#store.create(this.#path, Buffer.from(JSON.stringify(this.#own))))) continue;
        held.add(this.#own.id);
        this.#beats ??= this.#beat();
        // Those who were killed while they took it have left their drafts. One who lives finds that another has it.
        for (const left of await this.#store.beside(this.#path)) await this.#store.remove(left);
        return;
      }
      // Ours before, and somebody took us for dead: what we would write now may be his already.
      if (this.#beats !== undefined) throw this.#locked(holder, 'has taken it over');
      if (!this.#isDead(holder) && (await this.#lives(holder))) throw this.#locked(holder, 'writes it');
      await this.#takeFrom(holder);
    }
  }

  async #holder(): Promise<Holder | undefined> {
    const bytes = await this.#store.read(this.#path);
    return bytes && this.#holderIn(bytes);
  }

  #holderIn(bytes: Uint8Array): Holder {
    try {
      return parseJson(Buffer.from(bytes).toString()) as Holder;
    } catch (cause) {
      const text = `${this.#options.what}: ${this.#path.replace(/^.*\//, '')}, which says who writes there, cannot be read`;
      throw new WeirError('WEIR_LOCKED', `${text}: remove it if nobody does`, { cause, data: { permanent: true } });
    }
  }

  #isDead(holder: Holder): boolean {
    const { pid, machine, born } = this.#own;
    // A run before in this very process, which could not give it back, or another sink of this one, which names the folder otherwise.
    const isOurs = machine !== undefined && holder.machine === machine && holder.pid === pid && holder.born === born;
    return isOurs ? !held.has(holder.id) : hasEnded(holder, this.#own);
  }

  async #lives({ host, pid }: Holder): Promise<boolean> {
    const { what, log } = this.#options;
    log(
      'info',
      `${what}: process ${pid} of ${host} held it; waiting up to ${DEAD_MS / 1000} s to see whether it lives`,
    );
    const before = await this.#store.touched(this.#path);
    for (let waited = 0; waited < DEAD_MS; waited += LOOK_MS) {
      await this.#wait(LOOK_MS);
      const now = await this.#store.touched(this.#path);
      // Given back, or another one's now: looked at anew.
      if (now === undefined) return false;
      if (now !== before) return true;
    }
    return false;
  }

  /** One alone of those that take over gets it: it is moved away first, under a name of our own. */
  async #takeFrom(dead: Holder): Promise<void> {
    const aside = `${this.#path}.${this.#own.id}`;
    try {
      await this.#store.rename(this.#path, aside);
    } catch (error) {
      if ((await this.#store.read(this.#path)) === undefined) return;
      throw error;
    }
    const bytes = await this.#store.read(aside);
    const moved = bytes && this.#holderIn(bytes);
    // Somebody was quicker, and it is his lock that we moved: he gets it back.
    if (bytes !== undefined && moved?.id !== dead.id) await this.#store.create(this.#path, bytes);
    await this.#store.remove(aside);
  }

  async #beat(): Promise<void> {
    while (!this.#ending.signal.aborted) {
      await this.#wait(BEAT_MS);
      if (this.#ending.signal.aborted) return;
      // One that fails is followed by others; the next commit tells if somebody took it for our end.
      await this.#store.touch(this.#path).catch((error) => this.#options.log('warn', messageOf(error)));
    }
  }

  #wait(ms: number): Promise<void> {
    const { signal } = this.#ending;
    return this.#options.wait?.(ms, signal) ?? pause(ms, undefined, { signal, ref: false }).catch(() => {});
  }

  #locked({ host, pid }: Holder, does: string): WeirError {
    const text = `${this.#options.what}: process ${pid} of ${host} ${does}, and two would destroy what the other wrote`;
    return new WeirError('WEIR_LOCKED', `${text}: stop it, or name another folder`, { data: { permanent: true } });
  }

  /** Gives the folder back. */
  async release(): Promise<void> {
    this.#ending.abort();
    held.delete(this.#own.id);
    if (this.#beats === undefined) return;
    await this.#beats;
    this.#beats = undefined;
    if ((await this.#holder())?.id === this.#own.id) await this.#store.remove(this.#path);
  }
}
