import { dirname } from 'node:path/posix';
import type { Draw } from './draw.ts';

type Change = { truncateTo: number } | { append: Uint8Array };

/** A file's contents, apart from its name: as the system has them, and what of it is sure to survive a power cut. */
export class Inode {
  /** As the system has them; nobody may change them in place. */
  bytes: Uint8Array = new Uint8Array(0);
  #synced: Uint8Array = new Uint8Array(0);
  #unsynced: Change[] = [];

  append(bytes: Uint8Array): void {
    this.#change({ append: bytes.slice() });
  }

  truncate(to: number): void {
    this.#change({ truncateTo: to });
  }

  #change(change: Change): void {
    this.bytes = apply(this.bytes, change);
    this.#unsynced.push(change);
  }

  sync(): void {
    this.#synced = this.bytes;
    this.#unsynced = [];
  }

  /** Of what was not synced some is kept, up to a place within one change; the end of it may read as zeros. */
  cutPower(draw: Draw): void {
    let bytes = this.#synced;
    const kept = draw.int(this.#unsynced.length + 1);
    for (const change of this.#unsynced.slice(0, kept)) bytes = apply(bytes, change);
    const torn = this.#unsynced[kept];
    if (torn !== undefined && 'append' in torn) {
      const piece = torn.append.slice(0, draw.int(torn.append.length + 1));
      if (draw.chance(0.3)) piece.fill(0, draw.int(piece.length + 1));
      bytes = apply(bytes, { append: piece });
    }
    this.bytes = bytes;
    this.sync();
  }
}

function apply(bytes: Uint8Array, change: Change): Uint8Array {
  if ('truncateTo' in change) return bytes.slice(0, change.truncateTo);
  const joined = new Uint8Array(bytes.length + change.append.length);
  joined.set(bytes);
  joined.set(change.append, bytes.length);
  return joined;
}

interface NameChange {
  folders: string[];
  apply(names: Map<string, Inode>): void;
}

/**
 * The files of a simulated machine. Contents are durable when the file was synced, names when their folder was: of what
 * was not, a power cut keeps a part, in the order in which it was done. A process that dies takes nothing with it.
 */
export class SimFiles {
  readonly #draw: Draw;
  #names = new Map<string, Inode>();
  #durableNames = new Map<string, Inode>();
  #journal: NameChange[] = [];

  constructor(draw: Draw) {
    this.#draw = draw;
  }

  find(path: string): Inode | undefined {
    return this.#names.get(path);
  }

  /** Paths of all files below a folder, whole, sorted. */
  list(folder: string): string[] {
    const prefix = folder.endsWith('/') ? folder : `${folder}/`;
    return [...this.#names.keys()].filter((path) => path.startsWith(prefix)).sort();
  }

  /** The file, made if absent. */
  open(path: string): Inode {
    const found = this.#names.get(path);
    if (found !== undefined) return found;
    const inode = new Inode();
    this.#rename({ folders: [dirname(path)], apply: (names) => names.set(path, inode) });
    return inode;
  }

  rename(from: string, to: string): void {
    const inode = this.#names.get(from) as Inode;
    const apply = (names: Map<string, Inode>) => {
      names.delete(from);
      names.set(to, inode);
    };
    this.#rename({ folders: [dirname(from), dirname(to)], apply });
  }

  /** A file, or a folder with all that is in it. */
  remove(path: string): void {
    for (const each of [path, ...this.list(path)]) {
      if (this.#names.has(each)) this.#rename({ folders: [dirname(each)], apply: (names) => names.delete(each) });
    }
  }

  syncFolder(folder: string): void {
    for (const { folders, apply } of this.#journal) if (folders.includes(folder)) apply(this.#durableNames);
    this.#journal = this.#journal.filter(({ folders }) => !folders.includes(folder));
  }

  cutPower(): void {
    const kept = this.#draw.int(this.#journal.length + 1);
    for (const { apply } of this.#journal.slice(0, kept)) apply(this.#durableNames);
    this.#journal = [];
    this.#names = new Map(this.#durableNames);
    for (const inode of new Set(this.#names.values())) inode.cutPower(this.#draw);
  }

  #rename(change: NameChange): void {
    change.apply(this.#names);
    this.#journal.push(change);
  }
}
