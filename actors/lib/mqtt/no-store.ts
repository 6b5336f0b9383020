import type { IStore } from 'mqtt';

/**
 * Where the library would keep each message of QoS 2, payload and all, until the broker lets go of it. The source has taken it by then, and
 * its number is all that is needed to answer.
 */
export const NO_STORE = {
  put(_: unknown, done: () => void) {
    done();
    return NO_STORE;
  },
  get(packet: object, done: (error: undefined, packet: object) => void) {
    done(undefined, packet);
    return NO_STORE;
  },
  del(_: unknown, done?: () => void) {
    done?.();
    return NO_STORE;
  },
  close(done?: () => void) {
    done?.();
  },
} as unknown as IStore;
