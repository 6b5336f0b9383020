import { WeirError } from '#stage';

/** A URL as errors and logs show it: without user, password and query, where secrets may be. */
export function shownUrl(url: string): string {
  if (!URL.canParse(url)) return 'a URL that is none';
  const { protocol, host, pathname } = new URL(url);
  return `${protocol}//${host}${pathname}`;
}

/** Throws `WEIR_OPTION` for a URL that names a user: a request cannot be made of it, and it would be shown. */
export function refuseUser(url: string): void {
  if (!URL.canParse(url) || new URL(url).username === '') return;
  throw new WeirError('WEIR_OPTION', 'the url names a user: say it in `headers`, as Authorization: Basic …');
}
