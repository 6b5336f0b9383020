import { WeirError } from '#stage';

/** A URL as errors and logs show it: without user, password and query, where secrets may be. */
export function shownUrl(url: string): string {
  if (!URL.canParse(url)) return 'a URL that is none';
  const { protocol, host, pathname } = new URL(url);
  return `${protocol}//${host}${pathname}`;
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
