import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { messageOf, type Row, WeirError } from '#stage';
import { formOf, parseBody, type Refusal } from '../http-server/body.ts';
import { hostRefusal } from '../http-server/local-host.ts';
import { answer, listen, refuse, tooLarge, urlOf } from '../http-server/serve.ts';
import type { Published } from './published.ts';

/** A model that can be shown and asked. */
export interface ServedModel {
  readonly record: Published;
  /** Records with what the model says of them; nothing is learned. Throws what refuses one. */
  answer(rows: readonly Row[]): Row[];
}

/** The models of one learner by the JSON text of their key; by nothing where there is none. */
type Models = ReadonlyMap<string, ServedModel>;

const MAX_BODY = 2 ** 20;
const TIMEOUT_MS = 10_000;
const CONNECTIONS = 100;

interface Place {
  host: string;
  port: number;
}

/** One server for all learners of the process that name the same port. */
interface Shared {
  server: Server;
  listening: Promise<void>;
  learners: Map<string, Models>;
}

const servers = new Map<string, Shared>();

/**
 * Shows the models of a learner at a port, under a name. Gives what ends that. `told` gets the URL. Throws what keeps the port
 * from being opened, and `WEIR_MODEL_NAME` when another learner has the name there.
 */
export async function joinModelServer(
  place: Place,
  name: string,
  models: Models,
  told: (url: string) => void,
): Promise<() => Promise<void>> {
  const at = `${place.host}:${place.port}`;
  // A free port is each learner's own.
  const shared = (place.port === 0 ? undefined : servers.get(at)) ?? begin(place);
  if (place.port !== 0) servers.set(at, shared);
  if (shared.learners.has(name)) {
    throw new WeirError(
      'WEIR_MODEL_NAME',
      `two learners serve models named '${name}' at ${at}: give each its own \`name\``,
    );
  }
  shared.learners.set(name, models);
  const leave = async () => {
    shared.learners.delete(name);
    if (shared.learners.size > 0) return;
    if (servers.get(at) === shared) servers.delete(at);
    await new Promise((resolve) => {
      shared.server.close(resolve);
      shared.server.closeAllConnections();
    });
  };
  try {
    await shared.listening;
  } catch (error) {
    shared.learners.delete(name);
    if (servers.get(at) === shared) servers.delete(at);
    throw error;
  }
  told(urlOf(shared.server, `/models/${encodeURIComponent(name)}`));
  return leave;
}

function begin(place: Place): Shared {
  const learners = new Map<string, Models>();
  const server = createServer({ headersTimeout: TIMEOUT_MS, requestTimeout: TIMEOUT_MS, keepAliveTimeout: 5_000 });
  server.maxConnections = CONNECTIONS;
  server.on('request', (request, response) => {
    const foreign = hostRefusal(request, place.host);
    if (foreign === undefined) handle(learners, request, response);
    else refuse(request, response, foreign);
  });
  return { server, listening: listen(server, place), learners };
}

function handle(learners: ReadonlyMap<string, Models>, request: IncomingMessage, response: ServerResponse): void {
  const url = URL.canParse(request.url ?? '', 'http://x') ? new URL(request.url as string, 'http://x') : undefined;
  const [, first, name, verb, more] = (url?.pathname ?? '').split('/');
  if (url === undefined || first !== 'models' || more !== undefined || (verb !== undefined && verb !== 'predict')) {
    refuse(request, response, notFound('there is GET /models, GET /models/NAME and POST /models/NAME/predict'));
    return;
  }
  const reading = verb === undefined;
  if (reading ? request.method !== 'GET' && request.method !== 'HEAD' : request.method !== 'POST') {
    const allow = reading ? 'GET, HEAD' : 'POST';
    refuse(request, response, { status: 405, error: 'WEIR_HTTP_METHOD', reason: `${allow} ${url.pathname}`, allow });
    return;
  }
  if (name === undefined || name === '') {
    answer(response, 200, { models: [...learners].flatMap(([, models]) => [...models.values()].map(told)) });
    return;
  }
  const models = learners.get(decoded(name));
  const found = models === undefined ? notFound(`no learner serves models named '${name}'`) : pick(models, url);
  if ('status' in found) refuse(request, response, found);
  else if (reading) answer(response, 200, found.record);
  else predict(found, request, response);
}

/** Of a model what its list says. */
function told({ record: { name, keyed, rows, features } }: ServedModel): object {
  return { name, keyed, rows, features: features.length };
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function pick(models: Models, url: URL): ServedModel | Refusal {
  const key = url.searchParams.get('key');
  if (key === null && models.size === 1) return [...models.values()][0] as ServedModel;
  const found = models.get(key ?? '') ?? models.get(asWritten(key ?? '')) ?? models.get(JSON.stringify(key));
  if (found !== undefined) return found;
  if (models.size === 0) return notFound('it has not learned anything yet');
  if (key !== null) return notFound(`no model has the key '${key}'`);
  return notFound('there is a model for each key: say ?key=, of several fields as a JSON list, ["a",1]');
}

/** A list as it stands in the text of a key, without the spaces that somebody has put in. */
function asWritten(key: string): string {
  try {
    const list: unknown = JSON.parse(key);
    return Array.isArray(list) ? JSON.stringify(list) : key;
  } catch {
    return key;
  }
}

function predict(model: ServedModel, request: IncomingMessage, response: ServerResponse): void {
  const type = request.headers['content-type'];
  const form = formOf(type);
  // What a page in a browser may send anywhere without asking: text, or no type at all.
  if (form === undefined || type === undefined || /^\s*text\/plain/i.test(type)) {
    const reason = 'send application/json or application/x-ndjson, as in: curl --json @file';
    refuse(request, response, { status: 415, error: 'WEIR_HTTP_TYPE', reason });
    return;
  }
  const pieces: Buffer[] = [];
  let length = 0;
  request.on('data', (piece: Buffer) => {
    length += piece.length;
    if (length <= MAX_BODY) pieces.push(piece);
    else if (!response.headersSent) refuse(request, response, tooLarge({ maxBody: MAX_BODY }));
  });
  request.on('end', () => {
    if (response.headersSent) return;
    const rows = parseBody(Buffer.concat(pieces), form);
    if (!Array.isArray(rows)) {
      refuse(request, response, rows);
      return;
    }
    try {
      const made = model.answer(rows);
      // One record is answered by one; a list, and lines, by a list.
      answer(response, 200, rows.length === 1 && !isList(pieces) ? (made[0] as Row) : made);
    } catch (error) {
      const code = error instanceof WeirError ? error.code : 'WEIR_STAGE_THREW';
      refuse(request, response, { status: 400, error: code, reason: messageOf(error) });
    }
  });
  request.on('error', () => response.destroy());
}

function isList(pieces: readonly Buffer[]): boolean {
  return /^\s*\[/.test(Buffer.concat(pieces.slice(0, 1)).toString('latin1'));
}

function notFound(reason: string): Refusal {
  return { status: 404, error: 'WEIR_HTTP_PATH', reason };
}
