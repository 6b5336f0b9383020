import { constants, createGunzip } from 'node:zlib';
import { WeirError } from '#stage';
import type { FileSystem, InputFile, OpenedFile } from './input-files.ts';

/** Read of the file at a time. */
const PIECE = 16 * 1024;
/** What zlib says where a member should begin and does not. */
const NO_MEMBER = 'incorrect header check';

/** What is wrong with a compressed file. Nothing behind it is read. */
export interface PackedFault {
  /** In the words of a sentence. */
  readonly what: string;
  /** Bytes of the compressed file that stand before it. */
  readonly offset: number;
  /** It lies within a member, so that the last record before it may be cut. */
  readonly torn: boolean;
}

export interface SalvageOptions {
  /** Compressed bytes that are known to be sound. */
  readonly sound: number;
  /** Unpacked bytes that are not wanted again. */
  readonly given: number;
  take(bytes: Buffer): void;
  isClosed(): boolean;
}

/**
 * Unpacks a faulty file once more, to take what stands before the fault, and to find it. At an error zlib keeps to itself
 * what its last call had unpacked; so the piece with the fault is given to it byte by byte, which is how the place is found
 * too. Costs another pass over the file up to the fault, and about half a second. Throws `WEIR_FILE_CHANGED`.
 */
export async function salvage(system: FileSystem, file: InputFile, options: SalvageOptions): Promise<PackedFault> {
  const { sound, take, isClosed } = options;
  let { given } = options;
  const gunzip = createGunzip({ finishFlush: constants.Z_SYNC_FLUSH });
  let error: string | undefined;
  let next = () => {};
  gunzip.on('error', ({ message }) => {
    error = message;
    next();
  });
  gunzip.on('data', (bytes: Buffer) => {
    if (given < bytes.length) take(bytes.subarray(given));
    given = Math.max(0, given - bytes.length);
  });
  // Behind an error the callback of a write is never called.
  const write = (bytes: Uint8Array) =>
    new Promise<void>((resolve) => {
      next = resolve;
      gunzip.write(bytes, () => resolve());
    });
  const handle = await system.open(file.path);
  try {
    const bytes = Buffer.alloc(PIECE);
    let offset = 0;
    while (offset < file.size && error === undefined && !isClosed()) {
      const length = Math.min(PIECE, file.size - offset, sound > offset ? sound - offset : PIECE);
      await readWhole(handle, bytes.subarray(0, length), offset, file);
      const step = offset < sound ? length : 1;
      for (let i = 0; i < length && error === undefined; i += step) {
        await write(Buffer.from(bytes.subarray(i, i + step)));
        if (error === undefined) offset += step;
      }
    }
    // The first byte of a header is judged when the second has come.
    if (error === NO_MEMBER) return noMember(offset - 1);
    if (error !== undefined) return { what: `it is corrupt (${error})`, offset, torn: true };
    // A zero may follow a member but not begin one; what it unpacks to is no part of the file.
    given = Number.POSITIVE_INFINITY;
    await write(Buffer.alloc(1));
    if (error === NO_MEMBER) return noMember(offset - 1);
    return { what: 'it ends too early', offset: file.size, torn: true };
  } finally {
    gunzip.destroy();
    await handle.close();
  }
}

function noMember(offset: number): PackedFault {
  if (offset <= 0) return { what: 'it is not in gzip format', offset: 0, torn: true };
  return { what: 'what follows is no part of the gzip data', offset, torn: false };
}

/** What stands behind the last member; zeros may, as on tapes. */
export async function trailing(system: FileSystem, file: InputFile, from: number): Promise<PackedFault | undefined> {
  if (from >= file.size) return undefined;
  const handle = await system.open(file.path);
  try {
    const bytes = Buffer.alloc(PIECE);
    for (let offset = from; offset < file.size; offset += PIECE) {
      const piece = bytes.subarray(0, Math.min(PIECE, file.size - offset));
      await readWhole(handle, piece, offset, file);
      const found = piece.findIndex((byte) => byte !== 0);
      if (found >= 0) return noMember(offset + found);
    }
    return undefined;
  } finally {
    await handle.close();
  }
}

async function readWhole(handle: OpenedFile, into: Buffer, offset: number, { path }: InputFile): Promise<void> {
  for (let done = 0; done < into.length; ) {
    const { bytesRead } = await handle.read(into, done, into.length - done, offset + done);
    if (bytesRead === 0) throw new WeirError('WEIR_FILE_CHANGED', `${path} became shorter while it was read`);
    done += bytesRead;
  }
}
