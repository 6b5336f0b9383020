import { messageOf, WeirError } from '../base/errors.ts';
import type { Cancel, Clock } from '../world/clock.ts';
import type { DeadReason } from './dead-letters.ts';
import { Envelope } from './envelope.ts';

/** The error an asker gets for a message that found no taker. */
export function undelivered(reason: DeadReason, path: string): WeirError {
  switch (reason) {
    case 'mailbox-full':
      return new WeirError(
        'WEIR_MAILBOX_FULL',
        `the mailbox of ${path} is full: ask more slowly, or raise its capacity`,
      );
    case 'link-full':
      return new WeirError(
        'WEIR_LINK_FULL',
        `too many bytes are on their way to the thread of ${path}: ask more slowly`,
      );
    case 'host-down':
      return new WeirError('WEIR_HOST_DOWN', `the host of ${path} is down`);
    case 'expired':
      return new WeirError('WEIR_ASK_TIMEOUT', `${path} came to the message too late`);
    default:
      return new WeirError('WEIR_ACTOR_STOPPED', `there is no actor ${path}: it has ended, or never was`);
  }
}

/** What an asker sees of an error that was thrown: always a WeirError, so always with a code. */
export function asWeirError(error: unknown): WeirError {
  if (error instanceof WeirError) return error;
  const { code, data } = (error ?? {}) as { code?: unknown; data?: unknown };
  return new WeirError(typeof code === 'string' ? code : 'WEIR_UNKNOWN', messageOf(error), {
    cause: error,
    ...(typeof data === 'object' && data !== null ? { data: data as Record<string, unknown> } : {}),
  });
}

/** The asker's side: settles once, by an answer, a refusal or the end of its time. */
export class Question {
  readonly answered: Promise<unknown>;
  settled = false;
  /** Called once, when it is settled. */
  onSettled: (() => void) | undefined;
  private resolve!: (value: unknown) => void;
  private reject!: (error: WeirError) => void;
  private readonly cancel: Cancel | undefined;

  constructor(path: string, timeoutMs: number, clock: Clock) {
    this.answered = new Promise((resolve, reject) => {
      this.resolve = resolve;
      this.reject = reject;
    });
    if (timeoutMs !== Number.POSITIVE_INFINITY) {
      this.cancel = clock.after(timeoutMs, () => {
        this.refuse(new WeirError('WEIR_ASK_TIMEOUT', `${path} did not answer within ${timeoutMs} ms`));
      });
    }
  }

  answer(value: unknown): void {
    if (this.settle()) this.resolve(value);
  }

  refuse(error: unknown): void {
    if (this.settle()) this.reject(asWeirError(error));
  }

  private settle(): boolean {
    if (this.settled) return false;
    this.settled = true;
    this.cancel?.();
    this.onSettled?.();
    return true;
  }
}

/** An ask of an actor on the same thread. */
export class LocalAsk extends Envelope {
  readonly question: Question;
  private readonly path: string;

  constructor(message: unknown, path: string, timeoutMs: number, clock: Clock) {
    super(message);
    this.path = path;
    this.question = new Question(path, timeoutMs, clock);
  }

  take(): boolean {
    return !this.question.settled;
  }

  answer(value: unknown): void {
    this.question.answer(value);
  }

  refuse(error: unknown): void {
    this.question.refuse(error);
  }

  drop(reason: DeadReason): void {
    this.question.refuse(undelivered(reason, this.path));
  }
}
