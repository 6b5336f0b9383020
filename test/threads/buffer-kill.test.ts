// Store and forward as a user runs it: the other side is away for long, the process is killed, and all arrives in order.
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { weir } from '../nexmark/cli.ts';
import { freshFolder } from '../support/folder.ts';
import { thorough } from '../support/thorough.ts';

const tested = test.runIf(thorough('runs with a buffer that are killed or stopped'));

const folder = freshFolder();
let server: Server | undefined;
let port = 0;
let isUp = false;
let got: number[] = [];

/** What the sink posts to; while it is away it refuses connections. */
async function serve(): Promise<void> {
  server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk) => chunks.push(chunk));
    request.on('end', () => {
      for (const line of Buffer.concat(chunks).toString().trim().split('\n')) got.push(JSON.parse(line).id);
      response.writeHead(200).end();
    });
  });
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  port = (server.address() as AddressInfo).port;
  isUp = true;
}

async function away(): Promise<void> {
  if (!isUp) return;
  isUp = false;
  server?.closeAllConnections();
  await new Promise((done) => server?.close(done));
}

beforeEach(async () => {
  got = [];
  port = 0;
  await serve();
  await away();
});
afterEach(away);

function topology(source: object, buffer: object = {}): string {
  const to = { http: { url: `http://127.0.0.1:${port}/in`, retries: 0, concurrency: 1 }, buffer };
  folder.write('t.yaml', JSON.stringify({ name: 't', checkpoint: { every: '50ms' }, streams: { a: { source, to } } }));
  return folder.at('t.yaml');
}

const children: ReturnType<typeof weir>['child'][] = [];
afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
});

function run(threads = 1): ReturnType<typeof weir> {
  const started = weir(['run', folder.at('t.yaml'), '--state', folder.at('state'), '--threads', String(threads)]);
  children.push(started.child);
  return started;
}

/** Resolves when the log says so: at once what has been said, then what comes. */
function said(child: ReturnType<typeof weir>['child'], pattern: RegExp): Promise<string> {
  let text = '';
  return new Promise((resolve, reject) => {
    child.stderr?.on('data', (data) => {
      text += data;
      const found = pattern.exec(text);
      if (found) resolve(found[0]);
    });
    child.on('close', () => reject(new Error(`ended before ${pattern}: ${text}`)));
  });
}

const firsts = () => [...new Set(got)];
const range = (count: number) => Array.from({ length: count }, (_, i) => i);

tested(
  'a bounded run that is killed while the other side is away ends when all has arrived, in order',
  async () => {
    topology({ generate: { count: 20_000, fields: { id: 'n' }, rate: 20_000 } });
    const first = run();
    // Checkpoints come true while nobody answers.
    await said(first.child, /checkpoint \d*1 took/);
    await said(first.child, /not sent, tried again: .* records wait in the buffer/);
    first.child.kill('SIGKILL');
    expect((await first.ended).signal).toBe('SIGKILL');
    expect(got).toEqual([]);
    const second = run();
    await said(second.child, /the run ends when 20000 buffered records have been sent/);
    second.child.kill('SIGKILL');
    await second.ended;
    await serve();
    const { code, stderr } = await run().ended;
    expect(code, stderr).toBe(0);
    expect(stderr).toContain('resumed from checkpoint');
    expect(firsts()).toEqual(range(20_000));
  },
  120_000,
);

tested(
  'a run that is stopped leaves what waits to the next, also one with fewer subtasks',
  async () => {
    topology({ generate: { count: 5000, fields: { id: 'n' }, rate: 100_000 } });
    const first = run(2);
    await said(first.child, /the run ends when \d+ buffered records have been sent/);
    first.child.kill('SIGINT');
    const stopped = await first.ended;
    expect(stopped.code, stopped.stderr).toBe(0);
    expect(stopped.stderr).toContain('(stopped; the same command goes on from here)');
    expect(got).toEqual([]);
    await serve();
    const { code, stderr } = await run(1).ended;
    expect(code, stderr).toBe(0);
    expect(firsts().sort((a, b) => a - b)).toEqual(range(5000));
  },
  120_000,
);

tested(
  'a full buffer holds the stream back, and a run with one can be stopped',
  async () => {
    topology({ generate: { fields: { id: 'n', text: JSON.stringify('x'.repeat(500)) } } }, { maxBytes: '1MB' });
    const first = run();
    await said(first.child, /\(1MiB\) wait in the buffer/);
    first.child.kill('SIGINT');
    const { code, stderr } = await first.ended;
    expect(code, stderr).toBe(0);
    expect(stderr).toContain('(stopped; the same command goes on from here)');
    expect(stderr).not.toContain('failed while it stopped');
  },
  120_000,
);
