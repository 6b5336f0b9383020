import { lookup } from 'node:dns/promises';
import { WeirError as Fault, messageOf, type WeirError } from '#stage';
import { type DialOptions, TcpDialer } from '../sockets/tcp-dial.ts';
import type { WsDialOptions } from '../websocket/ws-dial.ts';
import { WsDialer } from '../websocket/ws-dial.ts';
import { clock } from './clock.ts';

/** What tells how a first connection went. */
interface Listener {
  now: typeof clock.now;
  after: typeof clock.after;
  log(level: 'info' | 'warn', text: string): void;
  fail(error: WeirError): void;
}

/** Makes a connection as a stage would, and gives it up again. The first warning of the dialer says why there is none. */
function once(code: string, open: (listener: Listener, done: () => void) => { open(): Promise<void>; close(): void }) {
  let dialer: { open(): Promise<void>; close(): void } | undefined;
  return new Promise<void>((resolve, reject) => {
    const log = (level: string, text: string) => {
      if (level === 'warn') reject(new Fault(code, text.replace(/; it is tried again.*$/, '')));
    };
    dialer = open({ now: clock.now, after: clock.after, log, fail: reject }, resolve);
    dialer.open().catch(reject);
  }).finally(() => dialer?.close());
}

/** Throws `WEIR_ADDRESS` when nobody answers, `WEIR_TLS` when TLS does not fit. */
export function reachTcp(options: Omit<DialOptions, keyof Listener>): Promise<void> {
  return once('WEIR_ADDRESS', (listener, done) => new TcpDialer({ ...options, ...listener }, done));
}

/** Throws `WEIR_WEBSOCKET` when nobody answers or it is refused, `WEIR_TLS` when TLS does not fit. */
export function reachWebSocket(options: Omit<WsDialOptions, keyof Listener | 'maxMessage'>): Promise<void> {
  const whole = { ...options, maxMessage: 2 ** 20 };
  return once('WEIR_WEBSOCKET', (listener, done) => new WsDialer({ ...whole, ...listener }, done));
}

/** Throws `WEIR_ADDRESS` for a name that stands for nothing: of datagrams no more can be known. */
export async function resolves(host: string): Promise<void> {
  try {
    await lookup(host);
  } catch (cause) {
    const what = `udp ${host}: ${messageOf(cause)}: see that the name of the host is right`;
    throw new Fault('WEIR_ADDRESS', what, { cause });
  }
}
