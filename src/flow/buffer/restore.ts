import { BegunMark } from '../../state/begun-mark.ts';
import { isCorruption } from '../../state/damage.ts';
import type { Disk, Kv, KvWrite } from '../../world/disk.ts';
import { readChunk } from './chunk.ts';
import { CHUNKS, damagedQueue, FORMAT, MARKS, META, type Meta, markKey, numberOf, ofBytes, toBytes } from './layout.ts';

/** A queue as a checkpoint left it. */
export interface Restored {
  kv: Kv;
  meta: Meta;
  /** Behind the last chunk. */
  end: number;
  /** Epochs whose mark is there. */
  marks: number[];
  /** Records of durable checkpoints that go, since all begins anew. */
  forgotten: number;
}

/** Opens a queue and takes out of it what came behind the checkpoint `epoch`, which the sources give again. */
export async function restoreQueue(disk: Disk, folder: string, epoch: number): Promise<Restored> {
  const kv = await open(disk, folder);
  const begun = new BegunMark(disk, `${folder}/begun`);
  const meta = await metaOf(kv, folder, epoch, await begun.isSet());
  if (meta === undefined) {
    const first: Meta = { format: FORMAT, head: 0, bytes: 0, records: 0, committed: epoch };
    await kv.batch([{ type: 'put', key: META, value: toBytes(first) }], { sync: true });
    await begun.set();
    return { kv, meta: first, end: 0, marks: [], forgotten: 0 };
  }
  await begun.set();
  return await cutBack(kv, folder, epoch, meta);
}

async function open(disk: Disk, folder: string): Promise<Kv> {
  try {
    return await disk.openKv(`${folder}/queue`);
  } catch (error) {
    throw isCorruption(error) ? damagedQueue(folder, 'it cannot be opened', error) : error;
  }
}

async function metaOf(kv: Kv, folder: string, epoch: number, begun: boolean): Promise<Meta | undefined> {
  const bytes = await kv.get(META);
  if (bytes === undefined) {
    for await (const _ of kv.keys({ limit: 1 })) throw damagedQueue(folder, 'it does not say how much it holds');
    if (begun) throw damagedQueue(folder, 'all that it held is gone');
    return undefined;
  }
  const meta = parsed(bytes);
  if (meta?.format !== FORMAT) throw damagedQueue(folder, 'it is of another version of Weir, or of something else');
  // From the beginning all of it comes again; in between, what was taken out meanwhile would be missing.
  if (epoch > 0 && meta.committed > epoch) {
    throw damagedQueue(folder, `it is of checkpoint ${meta.committed}, and the state of checkpoint ${epoch}`);
  }
  return meta;
}

function parsed(bytes: Uint8Array): Meta | undefined {
  try {
    return ofBytes(bytes) as Meta;
  } catch {
    return undefined;
  }
}

async function cutBack(kv: Kv, folder: string, epoch: number, before: Meta): Promise<Restored> {
  const writes: KvWrite[] = [];
  const marks: number[] = [];
  let end = before.head;
  for await (const [key, value] of kv.entries(MARKS)) {
    const of = numberOf(key);
    if (of > epoch) writes.push({ type: 'del', key });
    else {
      marks.push(of);
      end = Math.max(end, Number(ofBytes(value)));
    }
  }
  const meta = { ...before, committed: epoch };
  let next = before.head;
  let forgotten = 0;
  for await (const key of kv.keys(CHUNKS)) {
    if (numberOf(key) !== next) throw damagedQueue(folder, `a part of it is gone, number ${next}`);
    if (next++ < end) continue;
    const value = (await kv.get(key)) as Uint8Array;
    if (value.length > 0) {
      const chunk = readChunk(value);
      if (chunk === undefined) throw damagedQueue(folder, `part ${next - 1} of it has changed`);
      meta.bytes -= chunk.bytes;
      meta.records -= chunk.records;
      if (epoch === 0 && before.committed > 0) forgotten += chunk.records;
    }
    writes.push({ type: 'del', key });
  }
  if (next < end) throw damagedQueue(folder, `a part of it is gone, number ${next}`);
  // So that the mark stands for what is there, also where no later one does.
  writes.push({ type: 'put', key: markKey(epoch), value: toBytes(end) });
  writes.push({ type: 'put', key: META, value: toBytes(meta) });
  await kv.batch(writes, { sync: true });
  return { kv, meta, end, marks: [...new Set([...marks, epoch])], forgotten };
}
