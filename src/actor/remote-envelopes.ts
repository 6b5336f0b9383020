import { toErrorData } from '../base/errors.ts';
import { asWeirError, undelivered } from './ask.ts';
import type { DeadReason } from './dead-letters.ts';
import { Envelope } from './envelope.ts';
import { ANSWER, REFUSE } from './frames.ts';
import type { Wire } from './wire.ts';

/** A message from another thread: its room on the wire is given back when it leaves the mailbox. */
export class RemoteTell extends Envelope {
  protected readonly wire: Wire;
  private readonly bytes: number;
  private taken = false;

  constructor(message: unknown, wire: Wire, bytes: number) {
    super(message);
    this.wire = wire;
    this.bytes = bytes;
  }

  take(): boolean {
    if (!this.taken) this.wire.took(this.bytes);
    this.taken = true;
    return true;
  }

  answer(_value: unknown): void {}

  refuse(_error: unknown): void {}

  drop(_reason: DeadReason): void {
    this.take();
  }
}

/** A question from another thread. */
export class RemoteAsk extends RemoteTell {
  private readonly question: number;
  private readonly path: string;

  constructor(message: unknown, wire: Wire, bytes: number, question: number, path: string) {
    super(message, wire, bytes);
    this.question = question;
    this.path = path;
  }

  override answer(value: unknown): void {
    if (this.wire.full) {
      // Answers need credit too: a thousand small questions could have a thousand large ones.
      this.refuse(undelivered('link-full', this.path));
      return;
    }
    try {
      this.wire.message([ANSWER, this.question, value]);
    } catch (error) {
      // What cannot be packed, such as an object that contains itself.
      this.refuse(error);
    }
  }

  override refuse(error: unknown): void {
    this.wire.send([REFUSE, this.question, toErrorData(asWeirError(error))]);
  }

  override drop(reason: DeadReason): void {
    super.drop(reason);
    this.refuse(undelivered(reason, this.path));
  }
}
