import { masker, WeirError } from '#stage';

/** A URL as errors and logs show it: without user, password and query, where secrets may be. */
export function shownUrl(url: string): string {
  if (!URL.canParse(url)) return 'a URL that is none';
  const { protocol, host, pathname } = new URL(url);
  return `${protocol}//${host}${pathname}`;
}

/** Words of a server as errors and logs show them: on one line, so that they look like no line of a log. */
export function oneLine(words: string): string {
  return words.replace(/[\s\p{Cc}]+/gu, ' ').trim();
}

/** Headers that say how a request is made, and by whom nothing. */
const OPEN = /^(?:accept|content-|cache-control$|user-agent$)/i;

/** Makes what hides the values of headers in the words of a server, which may say again what it was sent. */
export function headerMask(headers: Record<string, string>): (text: string) => string {
  // Of `Bearer TOKEN` a server may name the token alone.
  const named = Object.entries(headers).filter(([name]) => !OPEN.test(name));
  const secrets = named.flatMap(([, value]) => [value, value.replace(/^\S+\s+/, '')]);
  return masker(secrets.map((secret) => [secret, '(secret)']));
}

/** Whether a URL names a user: then it would show who logs in, and perhaps how. */
export function namesUser(url: string): boolean {
  if (!URL.canParse(url)) return false;
  const { username, password } = new URL(url);
  return username !== '' || password !== '';
}

/** Throws `WEIR_OPTION` for a URL that names a user: a request cannot be made of it, and it would be shown. Says where else to. */
export function refuseUser(
  url: string | undefined,
  option = 'url',
  where = '`headers`, as Authorization: Basic …',
): void {
  if (url === undefined || !namesUser(url)) return;
  throw new WeirError('WEIR_OPTION', `${option} names a user: say it in ${where}`);
}
