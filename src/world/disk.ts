/** One write of a batch. Keys and values are bytes; keys are ordered bytewise. */
export type KvWrite = { type: 'put'; key: string; value: Uint8Array } | { type: 'del'; key: string };

/** A range of keys: `gte` ≤ key < `lt`. */
export interface KvRange {
  gte?: string;
  lt?: string;
  reverse?: boolean;
  limit?: number;
}

/** An ordered key-value store on disk. One opener at a time. */
export interface Kv {
  get(key: string): Promise<Uint8Array | undefined>;
  /** Writes all or nothing. With `sync` it is on the disk when the promise resolves. */
  batch(writes: readonly KvWrite[], options?: { sync?: boolean }): Promise<void>;
  entries(range: KvRange): AsyncIterable<[key: string, value: Uint8Array]>;
  keys(range: KvRange): AsyncIterable<string>;
  /**
   * Deletes a range without telling its keys, in several steps: a crash may leave a part. A store that lacks it is cleared by
   * batches.
   */
  clear?(range: KvRange): Promise<void>;
  /** Gives the room of what was deleted in a range back to the disk, beside what else goes on. A store may have no use for it. */
  compact?(from: string, to: string): Promise<void>;
  close(): Promise<void>;
}

/** A file open for appending. */
export interface AppendFile {
  /** Writes all of `bytes` at the end. The caller must not touch `bytes` before the promise resolves. */
  append(bytes: Uint8Array): Promise<void>;
  /** Makes what was appended durable. */
  sync(): Promise<void>;
  close(): Promise<void>;
}

/** Files and key-value stores. A simulator has its own, that loses what was not synced. */
export interface Disk {
  openKv(path: string): Promise<Kv>;
  /** Opens for appending, made with its folders if absent; cut to `size` bytes first when given. */
  openAppend(path: string, options?: { truncateTo?: number }): Promise<AppendFile>;
  /** Appends all of file `from` to `to`, in chunks, without loading it whole; durable when it resolves. */
  appendFileTo(from: string, to: string, truncateTo: number): Promise<void>;
  /** Makes a file of these bytes where there is none, whole or not at all; false where there is one. Durable when it resolves. */
  create(path: string, bytes: Uint8Array): Promise<boolean>;
  /** Replaces atomically; durable when it resolves. */
  rename(from: string, to: string): Promise<void>;
  remove(path: string): Promise<void>;
  /** Bytes of the file, or undefined when there is none. Throws `WEIR_NOT_A_FILE` when it is something else. */
  size(path: string): Promise<number | undefined>;
  read(path: string): Promise<Uint8Array | undefined>;
  /** Paths of all files below a folder, relative to it; none when the folder is absent. */
  list(folder: string): Promise<string[]>;
  /**
   * Holds a file or folder for who writes it; the result gives it back, and so does the end of the process. Throws
   * `WEIR_LOCKED` while it is held.
   */
  lock(path: string): Promise<() => Promise<void>>;
}
