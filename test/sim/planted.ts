import type { ChainPart } from '../../src/flow/chain-part.ts';
import type { HostData } from '../../src/run/protocol.ts';
import type { Planted } from '../../src/sim/process.ts';
import { pack, unpack } from '../../src/state/pack.ts';
import type { Manifest } from '../../src/state/store.ts';
import type { Disk, Kv, KvWrite } from '../../src/world/disk.ts';

/** The first byte of frames, as flow/frame.ts writes it. */
const BARRIER = 3;
const END = 4;
const CREDIT = 6;

/** Changes the store that the engine keeps its checkpoints in. */
function withKv(change: (kv: Kv) => Kv): Planted {
  return {
    disk: (disk: Disk): Disk => ({ ...disk, openKv: async (path) => change(await disk.openKv(path)) }),
  };
}

const isManifest = (writes: readonly KvWrite[]) => writes.some(({ key }) => key === 'manifest');

/** Each defect is made anew for a run, since some remember what they have seen. */
export const defects: Record<string, () => Planted> = {
  'the position of the source is taken late': () => ({
    message(message) {
      const copy = structuredClone(message) as { type: string; part: { stages: { positions?: object }[] } };
      if (copy.type !== 'part') return copy;
      for (const { positions } of copy.part.stages) {
        for (const split of Object.values(positions ?? {}) as { position: number }[]) split.position++;
      }
      return copy;
    },
  }),

  'keyed state is not restored': () => ({
    data(data: HostData) {
      const stages = Object.entries(data.restore ?? {}).map(([id, state]) => [id, { ...state, keyed: {} }] as const);
      return data.restore ? { ...data, restore: Object.fromEntries(stages) } : data;
    },
  }),

  'a checkpoint does not say what was deleted': () => ({
    message(message) {
      const copy = structuredClone(message) as { type: string; part: ChainPart };
      if (copy.type !== 'part') return copy;
      for (const state of copy.part.stages.flatMap(({ keyed }) => keyed)) {
        state.bytes = pack({ ...(unpack(state.bytes) as object), deletes: [] });
      }
      return copy;
    },
  }),

  'a barrier is dropped': () => {
    let barriers = 0;
    return {
      frame: (_from, _to, _channel, frame) => (frame[0] === BARRIER && ++barriers === 3 ? [] : [frame]),
    };
  },

  'a barrier is overtaken by what comes behind it': () => {
    const held = new Map<string, Uint8Array>();
    const ended = new Set<string>();
    return {
      data(data) {
        // Hosts are started: what was held back on dead links is gone.
        held.clear();
        ended.clear();
        return data;
      },
      frame(from, to, channel, frame) {
        const line = `${from} ${to} ${channel}`;
        if (frame[0] === END) ended.add(line);
        const barrier = held.get(line);
        held.delete(line);
        if (barrier !== undefined) return [frame, barrier];
        // Behind the end nothing comes that could overtake it.
        if (frame[0] !== BARRIER || ended.has(line)) return [frame];
        held.set(line, frame.slice());
        return [];
      },
    };
  },

  'credit is off by one': () => ({
    frame(_from, _to, _channel, frame) {
      if (frame[0] !== CREDIT) return [frame];
      const less = frame.slice();
      const view = new DataView(less.buffer);
      view.setFloat64(1, view.getFloat64(1) - 1);
      return [less];
    },
  }),

  'sinks commit before the manifest is written': () =>
    withKv((kv) => {
      let writing: Promise<void> = Promise.resolve();
      return {
        ...kv,
        batch(writes, options) {
          if (!isManifest(writes)) return kv.batch(writes, options);
          writing = writing.then(() => kv.batch(writes, options));
          return Promise.resolve();
        },
        get: (key) => writing.then(() => kv.get(key)),
        close: () => writing.then(() => kv.close()),
      };
    }),

  'what the last manifest holds is not committed again': () =>
    withKv((kv) => ({
      ...kv,
      async get(key) {
        const bytes = await kv.get(key);
        if (bytes === undefined || key !== 'manifest') return bytes;
        const manifest = unpack(bytes) as Manifest;
        for (const record of Object.values(manifest.commits)) record.parts = [];
        return pack(manifest);
      },
    })),

  'parts of a checkpoint are not synced': () => ({
    hostDisk: (disk: Disk): Disk => ({
      ...disk,
      openAppend: async (path, options) => ({ ...(await disk.openAppend(path, options)), sync: async () => {} }),
    }),
  }),

  'the manifest is not synced': () => withKv((kv) => ({ ...kv, batch: (writes) => kv.batch(writes) })),
};
