import { assert } from '../base/errors.ts';
import { Batch, type Message } from '../flow/batch.ts';
import { LocalChannel } from '../flow/channel.ts';

/** What LocalChannel lets wait, and what one step of a chain may add to it: a poll or a portion of a closing window. */
const RECORDS = 4096;
const STEP_RECORDS = 4 * 1024;

interface Seen {
  waiting: number;
  watermark: number;
  epoch: number;
  ended: boolean;
}

/**
 * Watches the channels within threads for as long as a simulated run lasts; they have no port to stand at. Gives what
 * puts everything back.
 */
export function watchLocals(broken: (error: unknown) => void): () => void {
  const seen = new WeakMap<LocalChannel, Seen>();
  const { send, take } = LocalChannel.prototype;
  const of = (channel: LocalChannel): Seen => {
    let found = seen.get(channel);
    if (found === undefined) {
      found = { waiting: 0, watermark: Number.NEGATIVE_INFINITY, epoch: 0, ended: false };
      seen.set(channel, found);
    }
    return found;
  };
  LocalChannel.prototype.send = function (this: LocalChannel, message: Message) {
    try {
      sent(of(this), message);
    } catch (error) {
      broken(error);
    }
    send.call(this, message);
  };
  LocalChannel.prototype.take = function (this: LocalChannel) {
    const message = take.call(this);
    if (message instanceof Batch) of(this).waiting -= message.length;
    return message;
  };
  return () => {
    LocalChannel.prototype.send = send;
    LocalChannel.prototype.take = take;
  };
}

function sent(seen: Seen, message: Message): void {
  if (message instanceof Batch) {
    assert(!seen.ended, 'local channel: no record comes behind the end');
    seen.waiting += message.length;
    assert(seen.waiting <= RECORDS + STEP_RECORDS, 'local channel: no more records wait than its bound');
  } else if (message.kind === 'watermark') {
    assert(!seen.ended && message.time >= seen.watermark, 'local channel: watermarks grow');
    seen.watermark = message.time;
  } else if (message.kind === 'barrier') {
    assert(message.epoch > seen.epoch, 'local channel: epochs grow');
    seen.epoch = message.epoch;
  } else if (message.kind === 'end') {
    assert(!seen.ended, 'local channel: the end comes once');
    seen.ended = true;
  }
}
