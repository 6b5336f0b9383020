import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

interface Version {
  readonly id: number;
  readonly schema: string;
  readonly schemaType?: string | undefined;
  readonly references?: readonly { name: string; subject: string; version: number }[] | undefined;
}

/** A schema registry as its REST API is documented, in memory. */
export class FakeRegistry {
  /** What was asked, as `GET /schemas/ids/1`. */
  readonly calls: string[] = [];
  readonly subjects = new Map<string, Version[]>();
  /** Statuses to answer with before it answers as it should. */
  readonly faults: number[] = [];
  /** Who is let in; undefined: everybody. */
  authorization: string | undefined;
  /** Whether a schema may follow another one. */
  compatible: (last: string, next: string) => boolean = () => true;
  #next = 1;
  readonly #server: Server = createServer(async (request, response) => {
    const pieces: Buffer[] = [];
    for await (const piece of request) pieces.push(piece);
    this.calls.push(`${request.method} ${request.url}`);
    const say = (status: number, body: object) => {
      response.writeHead(status, { 'content-type': 'application/vnd.schemaregistry.v1+json' });
      response.end(JSON.stringify(body));
    };
    const fault = this.faults.shift();
    if (fault !== undefined) say(fault, { error_code: fault, message: 'not now' });
    else if (this.authorization !== undefined && request.headers.authorization !== this.authorization) {
      say(401, { error_code: 401, message: 'Unauthorized' });
    } else {
      const body = pieces.length === 0 ? undefined : JSON.parse(Buffer.concat(pieces).toString());
      const [status, answer] = this.#answer(
        request.method!,
        request.url!.split('/').slice(1).map(decodeURIComponent),
        body,
      );
      say(status, answer);
    }
  });

  /** Registers a schema and gives its number. */
  add(subject: string, schema: string, more: Pick<Version, 'schemaType' | 'references'> = {}): number {
    const versions = this.subjects.get(subject) ?? [];
    this.subjects.set(subject, versions);
    const same = versions.find((version) => version.schema === schema);
    if (same !== undefined) return same.id;
    versions.push({ id: this.#next, schema, ...more });
    return this.#next++;
  }

  #answer(method: string, path: string[], body: Version | undefined): [number, object] {
    const [kind, name = '', what, version] = path;
    if (kind?.startsWith('subjects?')) return [200, [...this.subjects.keys()]];
    if (kind === 'compatibility') {
      const last = this.subjects.get(what!)?.at(-1);
      if (last === undefined) return [404, { error_code: 40401, message: 'Subject not found' }];
      return [200, { is_compatible: this.compatible(last.schema, body!.schema) }];
    }
    if (kind === 'schemas' && name === 'ids') {
      const found = [...this.subjects.values()].flat().find(({ id }) => id === Number(what));
      if (found === undefined) return [404, { error_code: 40403, message: 'Schema not found' }];
      const { id: _, ...rest } = found;
      return [200, rest];
    }
    const versions = this.subjects.get(name) ?? [];
    if (method === 'POST' && what === 'versions') return [200, { id: this.add(name, body!.schema, body) }];
    const at =
      method === 'POST'
        ? versions.findIndex(({ schema }) => schema === body!.schema)
        : version === 'latest'
          ? versions.length - 1
          : Number(version) - 1;
    const found = versions[at];
    if (found === undefined) return [404, { error_code: 40403, message: 'Schema not found' }];
    return [200, { subject: name, version: at + 1, ...found }];
  }

  async listen(): Promise<string> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}
