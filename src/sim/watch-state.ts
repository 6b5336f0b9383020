import { assert } from '../base/errors.ts';
import { unpack } from '../state/pack.ts';
import type { Manifest } from '../state/store.ts';
import type { KvWrite } from '../world/disk.ts';
import type { SimFiles } from './files.ts';
import { outputs, STATE } from './graph.ts';
import type { SimStore } from './kv.ts';

/** Files that are only ever appended to, and folders of files that never change once they are there. */
const { windows, sequence, copy, all, united } = outputs;
const APPENDED = [windows, sequence, copy, all, united, `${STATE}/dead-letters.ndjson`];
const FOLDERS = [outputs.sessions, outputs.late];

/**
 * Holds what is told to others to its word: a checkpoint that has been reported stays, manifests go on one by one, and
 * what has been committed is there and the same ever after, whatever crashes.
 */
export class StateWatch {
  readonly #files: SimFiles;
  readonly #store: SimStore;
  /** The last checkpoint that an engine reported, and the last manifest that was written. */
  #reported = 0;
  #written = 0;
  readonly #visible = new Map<string, Uint8Array>();

  constructor(files: SimFiles, store: SimStore) {
    this.#files = files;
    this.#store = store;
  }

  /** A batch is being written to the store. */
  onBatch(batch: readonly KvWrite[]): void {
    const heads = batch.filter(({ key }) => key === 'manifest');
    assert(heads.length <= 1, 'a batch has one manifest at most');
    const [head] = heads;
    if (head === undefined) return;
    if (head.type === 'del') {
      // The run was over, and another one begins on nothing.
      assert(manifestOf(this.#store)?.finished === true, 'only what is finished is forgotten');
      this.#reported = 0;
      this.#written = 0;
      this.#visible.clear();
      return;
    }
    const before = manifestOf(this.#store);
    const { epoch } = unpack(head.value) as Manifest;
    assert(before?.finished !== true, 'nothing is written behind the last manifest');
    const again = before?.epoch === epoch;
    assert(again || epoch === (before?.epoch ?? 0) + 1, `manifest ${epoch} follows ${before?.epoch}`);
    this.#written = epoch;
  }

  /** An engine says that a checkpoint is done. */
  onCheckpoint(epoch: number): void {
    assert(epoch === this.#written, `the checkpoint that is done is the one that was written`);
    assert(epoch > this.#reported, `checkpoint ${epoch} is done once`);
    this.#reported = epoch;
    this.#seeFiles();
  }

  /** An engine has started on what it found. */
  onStart(epoch: number): void {
    assert(epoch >= this.#reported, `checkpoint ${this.#reported} was done, but there is only ${epoch}`);
    this.#written = epoch;
  }

  #seeFiles(): void {
    for (const path of [...APPENDED, ...FOLDERS.flatMap((folder) => this.#files.list(folder))]) {
      const hidden = path.slice(path.lastIndexOf('/') + 1).startsWith('.');
      const bytes = this.#files.find(path)?.bytes;
      if (bytes !== undefined && !hidden && !this.#visible.has(path)) this.#visible.set(path, bytes);
    }
    for (const [path, before] of this.#visible) {
      const now = this.#files.find(path)?.bytes;
      assert(now !== undefined && startsWith(now, before), `${path} goes on from what was committed`);
      assert(APPENDED.some((one) => one === path) || now.length === before.length, `${path} stays as it is`);
      this.#visible.set(path, now);
    }
  }
}

function startsWith(bytes: Uint8Array, start: Uint8Array): boolean {
  return bytes === start || Buffer.compare(bytes.subarray(0, start.length), start) === 0;
}

/** The manifest in a store, as the system has it. */
export function manifestOf(store: SimStore): Manifest | undefined {
  const bytes = store.data.get('manifest');
  return bytes && (unpack(bytes) as Manifest);
}
