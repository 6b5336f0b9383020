import type { IncomingMessage } from 'node:http';
import { BlockList, isIP } from 'node:net';
import type { Refusal } from './body.ts';

const LOOPBACK = new BlockList();
LOOPBACK.addSubnet('127.0.0.0', 8);
LOOPBACK.addAddress('::1', 'ipv6');

/** Whether an address or a name is this machine's loopback. */
export function isLoopback(host: string): boolean {
  const name = host.replace(/^\[(.*)\]$/, '$1').toLowerCase();
  if (name === 'localhost' || name.endsWith('.localhost')) return true;
  const version = isIP(name);
  return version !== 0 && LOOPBACK.check(name, version === 4 ? 'ipv4' : 'ipv6');
}

/**
 * What is wrong with a request to a server on the loopback that names another host: it is of a page in a browser whose name has
 * been made to point here (DNS rebinding), which must not read or write what only this machine may.
 */
export function hostRefusal(request: IncomingMessage, bound: string): Refusal | undefined {
  const { host } = request.headers;
  if (!isLoopback(bound) || host === undefined) return undefined;
  const name = host.replace(/:\d*$/, '');
  if (isLoopback(name)) return undefined;
  const reason =
    'this server is for this machine alone: ask it as localhost or 127.0.0.1 (a proxy must send that as Host)';
  return { status: 403, error: 'WEIR_HTTP_HOST', reason };
}
