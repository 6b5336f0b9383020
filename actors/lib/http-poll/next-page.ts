import { parseJson, WeirError } from '#stage';

/** How the next page of an answer is found. */
export interface Paging {
  readonly by: 'link' | 'cursor' | 'number';
  /** Of a cursor, where it stands in the answer; of numbers, where the list stands whose being empty ends them. Names joined by dots. */
  readonly field?: string | undefined;
  /** What of the query names the cursor or number. */
  readonly parameter?: string | undefined;
  readonly first: number;
  /** Pages of a round at most. */
  readonly most: number;
}

/** What follows a page: another at once; or, of feeds that end with a cursor to go on with, where the next round begins. */
export interface Next {
  readonly page?: string;
  readonly round?: string;
  /** The cursor or number of it: what a checkpoint keeps, since URLs may hold secrets. */
  readonly value?: string | number;
}

/** Throws `WEIR_OPTION` where a way to page lacks what it needs. */
export function refusePaging({ by, field, parameter }: Paging): void {
  if (by === 'cursor' && field === undefined) throw new WeirError('WEIR_OPTION', 'paging by cursor needs its `field`');
  if (by !== 'link' && parameter === undefined) {
    throw new WeirError('WEIR_OPTION', `paging by ${by} needs the \`parameter\` of the query that names it`);
  }
}

/** The URL with one parameter of its query set. */
export function withParameter(url: string, name: string, value: string | number): string {
  const made = new URL(url);
  made.searchParams.set(name, String(value));
  return made.href;
}

/** What follows the page of `url`. Throws what `parseJson` throws on a body that is no JSON, where one is needed. */
export function nextPage(paging: Paging, url: string, link: string | null, body: Buffer): Next {
  const { by, field, parameter = '' } = paging;
  if (by === 'link') {
    const target = linkTo('next', link);
    const page = target === undefined || !URL.canParse(target, url) ? undefined : new URL(target, url).href;
    return page === undefined || page === url ? {} : { page };
  }
  const found = locate(parseJson(body.toString('utf8')), field);
  if (by === 'number') {
    const isEmpty = found === undefined || found === null || (Array.isArray(found) && found.length === 0);
    const number = Number(new URL(url).searchParams.get(parameter) ?? paging.first);
    return isEmpty ? {} : { page: withParameter(url, parameter, number + 1), value: number + 1 };
  }
  if ((typeof found !== 'string' || found === '') && typeof found !== 'number') return {};
  const page = withParameter(url, parameter, found);
  return page === url ? { round: url, value: found } : { page, value: found };
}

function locate(value: unknown, path: string | undefined): unknown {
  let at = value;
  for (const name of path === undefined || path === '' ? [] : path.split('.')) {
    if (at === null || typeof at !== 'object' || !Object.hasOwn(at, name)) return undefined;
    at = (at as Record<string, unknown>)[name];
  }
  return at;
}

/** The target of a relation in a header `Link` (RFC 8288): `<https://…>; rel="next"`. */
export function linkTo(relation: string, header: string | null): string | undefined {
  // Without quotes within the target, what begins a link is `<`: each up to the next one is looked at.
  for (const [, target, parameters] of (header ?? '').matchAll(/<([^>]*)>([^<]*)/g)) {
    const rel = /;\s*rel\s*=\s*(?:"([^"]*)"|([^\s;,"]+))/i.exec(parameters as string);
    const names = (rel?.[1] ?? rel?.[2] ?? '').toLowerCase().split(/\s+/);
    if (names.includes(relation)) return target;
  }
  return undefined;
}
