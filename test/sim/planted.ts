import type { HostData } from '../../src/run/protocol.ts';
import type { Planted } from '../../src/sim/process.ts';
import type { Disk, Kv, KvWrite } from '../../src/world/disk.ts';

/** The first byte of frames, as flow/frame.ts writes it. */
const BARRIER = 3;
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

  'state of operators without a key is not restored': () => ({
    data(data: HostData) {
      const stages = Object.entries(data.restore ?? {}).map(([id, state]) => [id, { ...state, operator: {} }] as const);
      return data.restore ? { ...data, restore: Object.fromEntries(stages) } : data;
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
    return {
      frame(from, to, channel, frame) {
        const line = `${from} ${to} ${channel}`;
        const barrier = held.get(line);
        held.delete(line);
        if (barrier !== undefined) return [frame, barrier];
        // Of the first checkpoints only, so that something does come behind it.
        const epoch = new DataView(frame.buffer, frame.byteOffset).byteLength >= 9 && frame[0] === BARRIER;
        if (!epoch || new DataView(frame.buffer, frame.byteOffset).getFloat64(1) > 3) return [frame];
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

  'the manifest is not synced': () => withKv((kv) => ({ ...kv, batch: (writes) => kv.batch(writes) })),
};
