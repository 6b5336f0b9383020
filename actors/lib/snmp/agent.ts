import { isIPv6 } from 'node:net';
import { formatDuration, messageOf } from '#stage';
import { GuardedSockets, type Library, type OnMalformed, type Session, type Varbind } from './library.ts';
import { type UserOptions, userOf } from './security.ts';

export interface AgentOptions {
  readonly version: '1' | '2c' | '3';
  readonly community: string;
  readonly user?: UserOptions | undefined;
  readonly context: string;
  readonly timeoutMs: number;
  readonly retries: number;
}

/** Why an agent gave no answer that counts, in words without secrets. */
export class AgentFault extends Error {}

const UP_TIME = '1.3.6.1.2.1.1.3.0';
const UP_TIME_BEFORE = '1.3.6.1.2.1.1.3';

/** Values, and how long the agent had been up when it gave them, in hundredths of a second. */
export interface Answer<T> {
  readonly values: T;
  readonly upTime: number | undefined;
}

/** `host:port`, where the port may be left out; addresses of IPv6 stand in brackets. Undefined for what is none. */
export function placeOf(target: string): { host: string; port: number } | undefined {
  const found = /^(?:\[([^\]]+)\]|([^\s:[\]]+))(?::(\d{1,5}))?$/.exec(target);
  const port = Number(found?.[3] ?? 161);
  return found === null || port < 1 || port > 65_535 ? undefined : { host: (found[1] ?? found[2]) as string, port };
}

/** What comes behind an OID; `hasEnded`: nothing more does. An answer that was full before its turn has neither. */
export interface Following {
  readonly list: readonly Varbind[];
  readonly hasEnded: boolean;
}

type Callback = (error: unknown, varbinds?: unknown) => void;

/** One agent to ask. A question is asked again `retries` times; then it throws {@link AgentFault}. */
export class Agent {
  readonly #library: Library;
  readonly #session: Session;
  readonly #o: AgentOptions;

  constructor(library: Library, target: string, options: AgentOptions, onMalformed: OnMalformed) {
    const { host, port } = placeOf(target) as { host: string; port: number };
    const { version, community, user, context, timeoutMs: timeout, retries } = options;
    const sockets = new GuardedSockets(onMalformed);
    const how = {
      port,
      timeout,
      retries,
      context,
      transport: isIPv6(host) ? 'udp6' : 'udp4',
      dgramModule: sockets,
    } as const;
    this.#library = library;
    this.#o = options;
    this.#session =
      version === '3'
        ? library.Session.createV3(host, userOf(library, user as UserOptions), {
            ...how,
            version: library.Version3,
          } as never)
        : library.Session.create(host, community, {
            ...how,
            version: version === '1' ? library.Version1 : library.Version2c,
          });
    this.#session.on('error', (error) => sockets.tell(error));
  }

  /** Single values; those that are not there are missing from the answer. */
  async get(oids: readonly string[]): Promise<Answer<Map<string, Varbind>>> {
    const values = new Map<string, Varbind>();
    let left = [UP_TIME, ...oids.filter((oid) => oid !== UP_TIME)];
    while (left.length > 0) {
      try {
        const found = await this.#ask<Varbind[]>((done) => this.#session.get(left, done));
        left.forEach((oid, i) => {
          const varbind = found[i] as Varbind;
          if (varbind.oid === oid && !this.#isMissing(varbind)) values.set(oid, varbind);
        });
        break;
      } catch (error) {
        // Version 1 refuses all for one that is not there.
        const missing = this.#missingOf(error, left);
        if (missing === undefined) throw error;
        left = left.filter((oid) => oid !== missing);
      }
    }
    return { values, upTime: ticksOf(values.get(UP_TIME)) };
  }

  /** What follows each of these OIDs: up to `repetitions` of each. */
  async following(oids: readonly string[], repetitions: number): Promise<Answer<Following[]>> {
    const asked = [UP_TIME_BEFORE, ...oids];
    if (this.#o.version === '1') return await this.#next(asked);
    const [up, ...lists] = await this.#ask<(Varbind | Varbind[])[]>((done) =>
      this.#session.getBulk(asked, 1, repetitions, done as never),
    );
    const values = oids.map((_, i) => {
      const all = (lists[i] ?? []) as Varbind[];
      const list = all.filter((one) => !this.#isMissing(one));
      return { list, hasEnded: list.length < all.length };
    });
    return { values, upTime: this.#upTimeOf(up as Varbind | undefined) };
  }

  async #next(asked: readonly string[]): Promise<Answer<Following[]>> {
    let left = [...asked];
    for (;;) {
      try {
        const found = left.length === 0 ? [] : await this.#ask<Varbind[]>((done) => this.#session.getNext(left, done));
        const of = (oid: string) => found[left.indexOf(oid)];
        const [up, ...rest] = asked.map(of);
        const values = rest.map((one) => {
          const hasEnded = one === undefined || this.#isMissing(one);
          return { list: hasEnded ? [] : [one], hasEnded };
        });
        return { values, upTime: this.#upTimeOf(up) };
      } catch (error) {
        const missing = this.#missingOf(error, left);
        if (missing === undefined) throw error;
        left = left.filter((oid) => oid !== missing);
      }
    }
  }

  #upTimeOf(varbind: Varbind | undefined): number | undefined {
    return varbind?.oid === UP_TIME ? ticksOf(varbind) : undefined;
  }

  #isMissing({ type }: Varbind): boolean {
    const { NoSuchObject, NoSuchInstance, EndOfMibView } = this.#library.ObjectType;
    return type === NoSuchObject || type === NoSuchInstance || type === EndOfMibView;
  }

  /** Version 1: which of the OIDs asked for is not there. */
  #missingOf(error: unknown, asked: readonly string[]): string | undefined {
    const { cause } = error as { cause?: { status?: number; message: string } };
    if (this.#o.version !== '1' || cause?.status !== this.#library.ErrorStatus.NoSuchName) return undefined;
    return asked.find((oid) => cause.message.endsWith(`: ${oid}`));
  }

  #ask<T>(send: (done: Callback) => void): Promise<T> {
    return new Promise((resolve, reject) => {
      const refuse = (error: unknown) => reject(new AgentFault(this.#wordsOf(error), { cause: error }));
      try {
        send((error, varbinds) => (error ? refuse(error) : resolve(varbinds as T)));
      } catch (error) {
        refuse(error);
      }
    });
  }

  #wordsOf(error: unknown): string {
    const { RequestTimedOutError, ResponseInvalidError, ResponseInvalidCode } = this.#library;
    const { version, timeoutMs, retries } = this.#o;
    if (error instanceof RequestTimedOutError) {
      const tries = retries === 0 ? '' : ` (${retries + 1} tries)`;
      const why = version === '3' ? '' : ', or the community is not known to it';
      return `no answer within ${formatDuration(timeoutMs)}${tries}: nobody is there${why}`;
    }
    if (error instanceof ResponseInvalidError) {
      const { code } = error as { code?: number };
      const isLogin = code === ResponseInvalidCode.EAuthFailure || code === ResponseInvalidCode.ECouldNotDecrypt;
      // The library's words hold digests of what was sent.
      if (isLogin) return 'refuses the login: see name, passwords and algorithms of `user`';
    }
    return messageOf(error);
  }

  close(): void {
    try {
      this.#session.close();
    } catch {
      // It is closed.
    }
  }
}

function ticksOf(varbind: Varbind | undefined): number | undefined {
  return typeof varbind?.value === 'number' ? varbind.value : undefined;
}
