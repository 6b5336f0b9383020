import type { Disk } from '../world/disk.ts';

const TEXT = new TextEncoder().encode('This state has had a checkpoint.\n');

/**
 * Says beside a store that it has had a checkpoint, so that a store which has lost its manifest is not taken for a new one.
 * It is set behind the first checkpoint and taken back before one is forgotten: wherever a crash comes, a mark without a
 * manifest stands for damage alone. The file stays when it is taken back, empty: that a file has gone is not durable.
 */
export class BegunMark {
  readonly #disk: Disk;
  readonly #path: string;
  #set: boolean | undefined;

  constructor(disk: Disk, path: string) {
    this.#disk = disk;
    this.#path = path;
  }

  async isSet(): Promise<boolean> {
    this.#set ??= ((await this.#disk.size(this.#path)) ?? 0) > 0;
    return this.#set;
  }

  async set(): Promise<void> {
    if (await this.isSet()) return;
    await this.#write(TEXT);
    this.#set = true;
  }

  async takeBack(): Promise<void> {
    if (!(await this.isSet())) return;
    this.#set = undefined;
    await this.#write(new Uint8Array(0));
  }

  async #write(bytes: Uint8Array): Promise<void> {
    const file = await this.#disk.openAppend(this.#path, { truncateTo: 0 });
    try {
      if (bytes.length > 0) await file.append(bytes);
      await file.sync();
    } finally {
      await file.close();
    }
  }
}
