import { PendingPart, type SealedPart } from '../stage/pending-part.ts';
import type { At } from '../stage/row.ts';
import type { Disk } from '../world/disk.ts';

/** How much of an input a dead letter shows. */
const INPUT_LIMIT = 1 << 16;

/** Why a record ended as a dead letter. */
export interface Reason {
  stage: string;
  code: string;
  reason: string;
}

/**
 * Writes the records that stages could not take, a JSON object a line. They become part of the checkpoint like any sink's
 * output, so that a restart neither loses nor repeats one.
 */
export class DeadLetterWriter {
  readonly #disk: Disk;
  readonly #path: () => string;
  readonly #at: At;
  #part: PendingPart | undefined;

  constructor(disk: Disk, path: () => string, at: At) {
    this.#disk = disk;
    this.#path = path;
    this.#at = at;
  }

  write(reason: Reason, input: unknown): void {
    this.#part ??= new PendingPart(this.#disk, this.#path());
    const { time, order, key } = this.#at;
    const letter = {
      ...reason,
      ...(Number.isFinite(time) ? { time } : {}),
      ...(Number.isFinite(order) ? { order } : {}),
      ...(key === null ? {} : { key }),
      input: shown(input),
    };
    this.#part.bytes.text(`${JSON.stringify(letter)}\n`);
    this.#part.wrote();
  }

  busy(): Promise<void> | undefined {
    return this.#part?.busy();
  }

  /** Ends the part of this checkpoint. */
  seal(): Promise<SealedPart | undefined> {
    const part = this.#part;
    this.#part = undefined;
    return part?.seal() ?? Promise.resolve(undefined);
  }
}

const utf8 = new TextDecoder('utf-8', { fatal: true });

/** Bytes as text where they are text, else as Base64; records as they are, cut short when very long. */
export function shown(input: unknown, limit = INPUT_LIMIT): unknown {
  if (input instanceof Uint8Array) {
    const cut = input.subarray(0, limit);
    try {
      return utf8.decode(cut);
    } catch {
      return { base64: Buffer.from(cut.buffer, cut.byteOffset, cut.byteLength).toString('base64') };
    }
  }
  let text: string | undefined;
  try {
    text = JSON.stringify(input, (_, value) => (typeof value === 'bigint' ? String(value) : value));
  } catch {
    text = String(input);
  }
  if (text === undefined) return null;
  return text.length > limit ? text.slice(0, limit) : JSON.parse(text);
}
