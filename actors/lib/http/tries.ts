import { messageOf, WeirError } from '#stage';
import { tlsFault } from '../sockets/tls.ts';
import { requestFault } from './request-fault.ts';
import { shownUrl } from './shown.ts';

/** The clock of the stage that asks. */
interface Timed {
  after(ms: number, run: () => void): () => void;
}

interface Asking {
  readonly timeout: number;
  readonly context: Timed;
  readonly signal: AbortSignal;
  /** How it is asked; by default `fetch`. */
  readonly ask?: ((url: string, init: RequestInit) => Promise<Response>) | undefined;
}

const FIRST_WAIT_MS = 100;
/** A server may ask for long pauses; more than this is taken for a mistake. */
export const LONGEST_RETRY_AFTER_MS = 300_000;

/** Whether it may be otherwise the next time: 408, 425, 429 and 5xx. */
export function mayPass(status: number): boolean {
  return status >= 500 || [408, 425, 429].includes(status);
}

/**
 * Sends a request once, and lets `judge` read the answer, both within `timeout` milliseconds. When there was none, because of
 * the network, the time, or since `signal` came, gives why, to try again. Throws `WEIR_TLS` where TLS does not fit, and
 * `WEIR_HTTP_REQUEST` where no such request can be made.
 */
export async function tryOnce<T>(
  url: string,
  init: RequestInit,
  judge: (response: Response) => Promise<T>,
  { timeout, context, signal, ask = fetch }: Asking,
): Promise<T | { again: string }> {
  const stop = new AbortController();
  const onClose = () => stop.abort();
  signal.addEventListener('abort', onClose, { once: true });
  // A signal that has come does not come again.
  if (signal.aborted) stop.abort();
  const cancel = context.after(timeout, () => stop.abort());
  try {
    const response = await ask(url, { ...init, signal: stop.signal }).catch((error) => {
      throw lastingFault(error, shownUrl(url)) ?? error;
    });
    return await judge(response);
  } catch (error) {
    if (error instanceof WeirError) throw error;
    return { again: stop.signal.aborted ? `no answer within ${timeout} ms` : networkFault(error) };
  } finally {
    cancel();
    signal.removeEventListener('abort', onClose);
  }
}

/** What no other try mends: `WEIR_TLS`, `WEIR_HTTP_REQUEST`; undefined for what the network says. */
export function lastingFault(error: unknown, shown: string): WeirError | undefined {
  return tlsFault(error, shown) ?? requestFault(error, shown);
}

/** What the network says, with what is beneath it. */
export function networkFault(error: unknown): string {
  const cause = (error as { cause?: unknown }).cause;
  const beneath = cause === undefined ? '' : messageOf(cause) || String((cause as { code?: unknown }).code ?? '');
  return beneath === '' ? messageOf(error) : `${messageOf(error)}: ${beneath}`;
}

/** How long to wait after try `attempt`, counted from 0: twice as long each time up to `longest`, of which half is random. */
export function backoffMs(attempt: number, longest: number, random: () => number): number {
  return Math.min(longest, FIRST_WAIT_MS * 2 ** attempt) * (0.5 + random() / 2);
}

/** Resolves after `ms` milliseconds, or as soon as `signal` comes. */
export function wait(context: Timed, ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      cancel();
      signal.removeEventListener('abort', done);
      resolve();
    };
    const cancel = context.after(ms, done);
    signal.addEventListener('abort', done, { once: true });
    if (signal.aborted) done();
  });
}

/** Milliseconds that the server asks to wait: seconds, or a date. At most `longest`, 5 min by default. */
export function retryAfter(value: string | null, now: number, longest = LONGEST_RETRY_AFTER_MS): number | undefined {
  if (value === null) return undefined;
  const ms = /^\d+$/.test(value.trim()) ? Number(value) * 1000 : Date.parse(value) - now;
  return Number.isNaN(ms) ? undefined : Math.max(0, Math.min(longest, ms));
}
