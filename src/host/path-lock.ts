import { createHash } from 'node:crypto';
import { realpath, rm } from 'node:fs/promises';
import { createConnection, createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { basename, dirname, join, resolve } from 'node:path';
import { WeirError } from '../base/errors.ts';

/** A place that is not of this machine's disk: held among the processes of this machine all the same. */
const REMOTE = /^[a-z][a-z\d+.-]*:\/\//;

/** How long the one that has it may take to say who it is. */
const ASK_MS = 500;
/** What this process has, by address, and how it is called. */
const held = new Map<string, string>();

/**
 * Holds a file or folder, or a place such as `hdfs://host/folder`, for who writes it; the result gives it back. Throws `WEIR_LOCKED` when it is held, also under
 * another name. It is a socket that is listened on, with a name made of the path: no file is left behind, whatever ends the
 * process the system gives it back, and nobody has to guess whether a holder lives. Processes that do not share a
 * network namespace, such as containers, do not see each other's. Where no socket can be had nothing is held.
 */
export async function lockPath(path: string): Promise<() => Promise<void>> {
  const address = addressOf(REMOTE.test(path) ? path : await realPath(resolve(path)));
  const own = held.get(address);
  if (own !== undefined) {
    const name = own === path ? '' : `, as ${own}`;
    throw locked(path, `is written by this process already${name}`, 'give each sink a file of its own');
  }
  held.set(address, path);
  try {
    const server = await listen(address);
    return async () => {
      held.delete(address);
      if (server !== undefined) await new Promise<void>((done) => server.close(() => done()));
    };
  } catch (error) {
    held.delete(address);
    if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error;
    const pid = await ask(address);
    throw locked(path, `is written by ${pid ? `process ${pid}` : 'another process'}`, 'stop it, or name another file');
  }
}

function locked(path: string, what: string, remedy: string): WeirError {
  const why = 'two that write it would destroy what the other wrote';
  return new WeirError('WEIR_LOCKED', `${path} ${what}, and ${why}: ${remedy}`, { data: { path } });
}

/** Where the path leads, be it there or not. */
async function realPath(path: string): Promise<string> {
  try {
    return await realpath(path);
  } catch {
    return dirname(path) === path ? path : join(await realPath(dirname(path)), basename(path));
  }
}

function addressOf(path: string): string {
  const name = `weir-${createHash('sha256').update(path).digest('hex').slice(0, 32)}`;
  if (process.platform === 'linux') return `\0${name}`;
  return process.platform === 'win32' ? `\\\\.\\pipe\\${name}` : join(tmpdir(), `${name}.sock`);
}

/** Undefined where no socket can be had. */
async function listen(address: string): Promise<Server | undefined> {
  try {
    return await tryListen(address);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') return undefined;
    // A socket that is a file outlives a process that was killed; nobody answers there.
    if (address.startsWith('\0') || process.platform === 'win32' || (await ask(address)) !== undefined) throw error;
    await rm(address, { force: true });
    return await tryListen(address);
  }
}

function tryListen(address: string): Promise<Server> {
  return new Promise((done, fail) => {
    const server = createServer((socket) => {
      socket.on('error', () => {});
      socket.end(String(process.pid));
    });
    server.once('error', fail);
    // Not shared with the other processes of a cluster.
    server.listen({ path: address, exclusive: true }, () => {
      server.unref();
      done(server);
    });
  });
}

/** The id of the process that has it: empty when it does not say so in time, undefined when there is none. */
function ask(address: string): Promise<string | undefined> {
  return new Promise((done) => {
    let text = '';
    const socket = createConnection(address);
    const end = (answer: string | undefined) => {
      socket.destroy();
      done(answer);
    };
    socket.setTimeout(ASK_MS, () => end(text));
    socket.on('data', (bytes) => {
      text += bytes;
    });
    socket.on('end', () => end(text));
    socket.on('error', ({ code }: NodeJS.ErrnoException) =>
      end(code === 'ECONNREFUSED' || code === 'ENOENT' ? undefined : text),
    );
  });
}
