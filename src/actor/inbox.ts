import type { WeirError } from '../base/errors.ts';
import type { DeadLetters, DeadReason } from './dead-letters.ts';
import { Envelope } from './envelope.ts';
import type { Receiver } from './local-ref.ts';
import { Mailbox } from './mailbox.ts';
import type { Runnable, Scheduler } from './scheduler.ts';

/** Where the messages for one actor arrive: into its mailbox, and the actor into the scheduler's line; or dead letters. */
export class Inbox implements Receiver {
  /** Messages are handled: the actor runs and waits for no promise. Else they wait here. */
  open = false;
  private readonly mailbox: Mailbox;
  private readonly actor: Runnable;
  private readonly scheduler: Scheduler;
  private readonly deadLetters: DeadLetters;
  private readonly path: string;
  private over = false;
  private why: WeirError | undefined;

  constructor(
    actor: Runnable,
    { scheduler, deadLetters }: { scheduler: Scheduler; deadLetters: DeadLetters },
    path: string,
    capacity: number,
  ) {
    this.actor = actor;
    this.scheduler = scheduler;
    this.deadLetters = deadLetters;
    this.path = path;
    this.mailbox = new Mailbox(capacity);
  }

  get length(): number {
    return this.mailbox.length;
  }

  /** The oldest message. Only while there is one. */
  shift(): unknown {
    return this.mailbox.shift();
  }

  tell(message: unknown): boolean {
    if (this.over) return this.dead(message, 'stopped');
    if (!this.mailbox.push(message)) return this.dead(message, 'mailbox-full');
    if (this.open) this.scheduler.add(this.actor);
    return true;
  }

  tellEnvelope(envelope: Envelope): void {
    if (this.over) this.drop(envelope, 'stopped');
    else if (!this.mailbox.push(envelope)) this.drop(envelope, 'mailbox-full');
    else if (this.open) this.scheduler.add(this.actor);
  }

  /** Past the bound of the mailbox: from timers and watched actors. */
  deliver(message: unknown): void {
    if (this.over) return;
    this.mailbox.force(message);
    if (this.open) this.scheduler.add(this.actor);
  }

  /** An ask whose time was over when it was taken out. */
  expired(envelope: Envelope): void {
    this.dead(envelope.message, 'expired');
  }

  /** Takes nothing any more; what is there becomes dead letters. Askers are told `why`, if there is more to say. */
  close(why?: WeirError): void {
    this.why = why;
    this.over = true;
    this.open = false;
    while (this.mailbox.length > 0) {
      const message = this.mailbox.shift();
      if (message instanceof Envelope) this.drop(message, 'stopped');
      else this.dead(message, 'stopped');
    }
  }

  private drop(envelope: Envelope, reason: DeadReason): void {
    if (this.why) envelope.refuse(this.why);
    envelope.drop(reason);
    this.dead(envelope.message, reason);
  }

  private dead(message: unknown, reason: DeadReason): false {
    this.deadLetters.add({ to: this.path, message, reason });
    return false;
  }
}
