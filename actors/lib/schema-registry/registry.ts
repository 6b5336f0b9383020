import { field, type OptionsOf, prng, WeirError } from '#stage';
import { readBody } from '../http/read-body.ts';
import { oneLine, refuseUser, shownUrl } from '../http/shown.ts';
import { backoffMs, mayPass, retryAfter, tryOnce } from '../http/tries.ts';

const LARGEST = 4 * 2 ** 20;
const LONGEST_WAIT_MS = 10_000;
const TRIES = 8;
const MOST_REFERENCES = 100;
const ACCEPT = 'application/vnd.schemaregistry.v1+json, application/json';

const fields = {
  url: field.url('Where it is, such as http://localhost:8081.', { schemes: ['http', 'https'] }),
  user: field.text('Log in by this name.', { optional: true }),
  password: field.text('And this password; better `${env:NAME}` than its text.', { optional: true }),
  token: field.text('In place of a name: `Authorization: Bearer TOKEN`.', { optional: true }),
  timeout: field.duration('How long to wait for an answer.', { min: 1, default: '10s' }),
  subject: field.text('Writing: the subject, as `clicks-value`.', { optional: true }),
  write: field.choice(
    'Writing: register the schema, look it up, or write by the subject’s latest one.',
    ['register', 'lookup', 'latest'],
    { default: 'register' },
  ),
};

/** How to reach a schema registry: for codecs. */
export const registryField = field.group(
  'A schema registry, as that of Confluent: messages begin with the number of their schema.',
  fields,
  {
    optional: true,
  },
);

export type RegistryOptions = OptionsOf<typeof fields>;

/** Throws `WEIR_OPTION` for a registry whose URL names a user. */
export function refuseRegistry(registry: RegistryOptions | undefined): void {
  refuseUser(registry?.url, 'registry.url', '`user` and `password`');
}

/** A schema as the registry has it, with those that it refers to by name, each before the one that needs it. */
export interface Registered {
  readonly id: number;
  readonly type: string;
  readonly schema: string;
  readonly references: readonly { readonly name: string; readonly schema: string }[];
}

interface Answer {
  readonly id?: number;
  readonly is_compatible?: boolean;
  readonly schema?: string;
  readonly schemaType?: string;
  readonly references?: readonly { name: string; subject: string; version: number }[];
}

/**
 * Asks a schema registry by its REST API. What passes is tried again, eight times with growing pauses. Throws `WEIR_SCHEMA_REGISTRY`;
 * `WEIR_SCHEMA_LOGIN` where it does not let in, which ends the run.
 */
export class Registry {
  readonly #o: RegistryOptions;
  readonly #shown: string;
  readonly #tries: number;

  constructor(options: RegistryOptions, tries = TRIES) {
    this.#o = options;
    this.#tries = tries;
    this.#shown = `the schema registry at ${shownUrl(options.url)}`;
  }

  /** Rejects where it is not there, does not let in, or is none. */
  async reach(): Promise<void> {
    // Of the list one is enough, where the registry knows of limits.
    if ((await this.#ask('GET', '/subjects?offset=0&limit=1')) === undefined)
      throw this.#lacks('it is none: see `url`');
  }

  /** Rejects where the registry would not register a schema: it would not fit those before it, or is none. */
  async wouldTake(schema: string | undefined, type: string): Promise<void> {
    const { subject = '' } = this.#o;
    const path = `/compatibility/subjects/${encodeURIComponent(subject)}/versions/latest`;
    const found = await this.#ask('POST', path, bodyOf(schema, type));
    // A subject that is not there yet will be.
    if (found?.is_compatible === false) throw this.#lacks(`it would not take the schema as a version of ${subject}`);
  }

  /** A schema by its number; undefined where the registry has none. */
  async byId(id: number): Promise<Registered | undefined> {
    const found = await this.#ask('GET', `/schemas/ids/${id}`);
    return found && { ...(await this.#whole(found)), id };
  }

  /** What to write by: the number of the schema, and the schema where it is that of the registry. */
  async toWrite(schema: string | undefined, type: string): Promise<Registered> {
    const { subject = '', write } = this.#o;
    const name = encodeURIComponent(subject);
    if (write === 'latest') {
      const found = await this.#ask('GET', `/subjects/${name}/versions/latest`);
      if (found?.id === undefined) throw this.#lacks(`it has no subject ${subject}`);
      return { ...(await this.#whole(found)), id: found.id };
    }
    const place = `/subjects/${name}${write === 'register' ? '/versions' : ''}`;
    const found = await this.#ask('POST', place, bodyOf(schema, type));
    if (typeof found?.id !== 'number')
      throw this.#lacks(`it has no such schema under ${subject}: see \`write: register\``);
    return { id: found.id, type, schema: schema!, references: [] };
  }

  async #whole({ schema, schemaType = 'AVRO', references = [] }: Answer): Promise<Omit<Registered, 'id'>> {
    if (typeof schema !== 'string') throw this.#lacks('its answer has no schema');
    const all = new Map<string, string>();
    await this.#gather(references, all);
    return { type: schemaType, schema, references: [...all].map(([name, text]) => ({ name, schema: text })) };
  }

  async #gather(references: NonNullable<Answer['references']>, all: Map<string, string>, depth = 0): Promise<void> {
    for (const { name, subject, version } of references) {
      if (all.has(name)) continue;
      if (depth > 20 || all.size >= MOST_REFERENCES) throw this.#lacks('a schema refers to too many others');
      const found = await this.#ask('GET', `/subjects/${encodeURIComponent(subject)}/versions/${Number(version)}`);
      if (typeof found?.schema !== 'string') throw this.#lacks(`it has no version ${version} of ${subject}`);
      await this.#gather(found.references ?? [], all, depth + 1);
      all.set(name, found.schema);
    }
  }

  async #ask(method: string, path: string, body?: string): Promise<Answer | undefined> {
    const { url, user, password = '', token, timeout } = this.#o;
    const login = token ? `Bearer ${token}` : user && `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;
    const headers: Record<string, string> = {
      Accept: ACCEPT,
      ...(login ? { Authorization: login } : {}),
      ...(body === undefined ? {} : { 'Content-Type': 'application/vnd.schemaregistry.v1+json' }),
    };
    const init: RequestInit = { method, headers, redirect: 'manual', ...(body === undefined ? {} : { body }) };
    const random = prng(path);
    const how = { timeout, context: { after }, signal: new AbortController().signal };
    let why = '';
    for (let attempt = 0; attempt < this.#tries; attempt++) {
      const answer = await tryOnce<Judged>(url.replace(/\/+$/, '') + path, init, (got) => this.#judge(got), how);
      if ('found' in answer) return answer.found;
      if ('fault' in answer) throw answer.fault;
      why = answer.again;
      if (attempt + 1 < this.#tries) {
        const ms = ('afterMs' in answer && answer.afterMs) || backoffMs(attempt, LONGEST_WAIT_MS, random);
        await new Promise<void>((resolve) => void after(ms, resolve));
      }
    }
    throw new WeirError(
      'WEIR_SCHEMA_REGISTRY',
      `${this.#shown} gives no answer: ${why}: see that it runs, and its url`,
    );
  }

  async #judge(response: Response): Promise<Judged> {
    const { status } = response;
    const text = (await readBody(response, LARGEST))?.toString('utf8');
    if (text === undefined) return { fault: this.#lacks('its answer is too long') };
    if (status === 404) return { found: undefined };
    if (status === 401 || status === 403) {
      const what = `${this.#shown} does not let in (${status}): see user and password, or token`;
      return { fault: new WeirError('WEIR_SCHEMA_LOGIN', what, { data: { permanent: true } }) };
    }
    if (mayPass(status)) {
      return { again: `status ${status}`, afterMs: retryAfter(response.headers.get('retry-after'), Date.now()) };
    }
    try {
      const found = JSON.parse(text);
      if (response.ok && found !== null && typeof found === 'object') return { found };
      return {
        fault: this.#lacks(`it answers with ${status}: ${oneLine(String(found?.message ?? '').slice(0, 200))}`, true),
      };
    } catch {
      return { fault: this.#lacks(`it answers with ${status} and no JSON`) };
    }
  }

  #lacks(what: string, permanent = false): WeirError {
    return new WeirError('WEIR_SCHEMA_REGISTRY', `${this.#shown}: ${what}`, { data: { permanent } });
  }
}

const bodyOf = (schema: string | undefined, type: string) =>
  JSON.stringify({ schema, ...(type === 'AVRO' ? {} : { schemaType: type }) });

type Judged = { found: Answer | undefined } | { fault: WeirError } | { again: string; afterMs?: number | undefined };

/** The clock of the codecs, which have none of the engine. */
function after(ms: number, run: () => void): () => void {
  const timer = setTimeout(run, ms);
  return () => clearTimeout(timer);
}
