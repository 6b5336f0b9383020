import { inspect } from 'node:util';
import { messageOf } from '../base/errors.ts';
import { jsonOf } from '../base/json.ts';
import { plainOf } from '../base/plain.ts';
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
  readonly #mask: (text: string) => string;
  #part: PendingPart | undefined;

  /** `mask` hides secrets in reasons. Inputs are data and stay as they are. */
  constructor(disk: Disk, path: () => string, at: At, mask = (text: string) => text) {
    this.#disk = disk;
    this.#path = path;
    this.#at = at;
    this.#mask = mask;
  }

  write(reason: Reason, input: unknown): void {
    this.#part ??= new PendingPart(this.#disk, this.#path());
    const { time, order, key } = this.#at;
    const letter = {
      ...reason,
      reason: this.#mask(reason.reason),
      ...(Number.isFinite(time) ? { time } : {}),
      ...(Number.isFinite(order) ? { order } : {}),
      ...(key === null ? {} : { key }),
    };
    // The input's JSON as it is: made again, one that is nested just deep enough would fail.
    this.#part.bytes.text(`${JSON.stringify(letter).slice(0, -1)},"input":${shown(input)}}\n`);
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

/**
 * JSON of an input: bytes as text where they are text, else as Base64; records as they are, as text cut short when very
 * long, and as a sketch when they have no JSON (cycles, getters that throw, nested too deeply).
 */
export function shown(input: unknown, limit = INPUT_LIMIT): string {
  if (input instanceof Uint8Array) {
    const cut = input.subarray(0, limit);
    try {
      return JSON.stringify(utf8.decode(cut));
    } catch {
      return JSON.stringify({ base64: Buffer.from(cut.buffer, cut.byteOffset, cut.byteLength).toString('base64') });
    }
  }
  try {
    // Asked first, since running out of stack takes JSON.stringify a long time.
    plainOf(input);
    const text = jsonOf(input) ?? 'null';
    return text.length > limit ? JSON.stringify(text.slice(0, limit)) : text;
  } catch {
    return JSON.stringify(sketch(input, limit));
  }
}

function sketch(input: unknown, limit: number): string {
  try {
    return inspect(input, { depth: 3, breakLength: Number.POSITIVE_INFINITY }).slice(0, limit);
  } catch (error) {
    return `it cannot be shown: ${messageOf(error)}`;
  }
}
