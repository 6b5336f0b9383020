import { addExtension, Packr, Unpackr } from 'msgpackr';
import { assert, WeirError } from '../base/errors.ts';
import { type Behaviour, isActorClass } from './behaviour.ts';
import type { Frame } from './frames.ts';
import { ActorRef } from './ref.ts';

/** MessagePack's extension type of an actor's address: node, number, path. */
const REF_TYPE = 0x52;

type RefData = [node: number, serial: number, path: string];

/** Makes a working address of what arrived, on the node where it did. */
export type RefReader = (node: number, serial: number, path: string) => ActorRef;

// Extensions are one for the thread, but what an address becomes depends on the node that unpacks it, and inline hosts
// are several nodes on one thread.
let reader: RefReader | undefined;

addExtension({
  Class: ActorRef,
  type: REF_TYPE,
  write: (ref: ActorRef): RefData => [ref.node, ref.serial, ref.path],
  read: ([node, serial, path]: RefData) => {
    assert(reader, 'addresses are unpacked by a codec');
    return reader(node, serial, path);
  },
});

/**
 * Frames between nodes in MessagePack. Each frame describes its records by itself: structures shared beforehand would
 * grow apart between threads. Bytes are copied on arrival, since a frame is valid only while it is handled.
 */
export class Codec {
  private readonly packr: Packr & { writeFunction?: ((value: unknown) => unknown) | undefined } = new Packr({
    moreTypes: true,
  });
  private readonly unpackr = new Unpackr({ moreTypes: true, copyBuffers: true });
  private readonly reader: RefReader;

  constructor(read: RefReader) {
    this.reader = read;
  }

  /**
   * The bytes of a frame with a message of someone's, the caller's to keep. Throws `WEIR_NOT_PLAIN` when a function is in it,
   * which would arrive as undefined. A class of actors does, in specs: the other thread loads it by name.
   */
  packMessage(frame: Frame): Uint8Array {
    const { packr } = this;
    packr.writeFunction = (value) => {
      if (isActorClass(value as Behaviour<never>)) return undefined;
      const name = (value as { name?: string }).name;
      const what = `a function (${name || 'without a name'}) cannot go to another thread`;
      throw new WeirError('WEIR_NOT_PLAIN', `${what}: messages are plain data, Map, Set, Date, bytes, errors and refs`);
    };
    try {
      return packr.pack(frame);
    } finally {
      packr.writeFunction = undefined;
    }
  }

  /** The bytes of a frame, the caller's to keep. */
  pack(frame: Frame): Uint8Array {
    return this.packr.pack(frame);
  }

  unpack(bytes: Uint8Array): Frame {
    const outer = reader;
    reader = this.reader;
    try {
      return this.unpackr.unpack(bytes) as Frame;
    } finally {
      reader = outer;
    }
  }
}
