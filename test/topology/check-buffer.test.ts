import { expect, test } from 'vitest';
import { checkText } from '../../src/topology/check.ts';
import { formatIssue } from '../../src/topology/issue.ts';

async function checked(to: string, more = '') {
  const text = `name: t
streams:
  a:
    source: { generate: { fields: { id: n } } }
    ${more}
    to: ${to}
`;
  return await checkText(text, { file: 't.yaml', base: import.meta.url });
}

async function issuesOf(to: string, more?: string): Promise<string[]> {
  return (await checked(to, more)).issues.map((issue) => `${issue.code} ${formatIssue(issue)}`);
}

const HTTP = 'http: "http://127.0.0.1:1/"';
const KAFKA = 'kafka: { topic: t, brokers: ["127.0.0.1:1"]';

test('a sink takes a buffer with defaults, or with what is written', async () => {
  const bufferOf = async (to: string) => (await checked(to)).graph?.nodes.at(-1)?.buffer;
  expect(await bufferOf(`{ ${HTTP} }`)).toBeUndefined();
  expect(await bufferOf(`{ ${HTTP}, buffer: {} }`)).toEqual({ maxBytes: 1e9, full: 'wait' });
  expect(await bufferOf(`{ ${HTTP}, buffer: { maxBytes: 10MiB, maxAge: 7d, full: drop-oldest } }`)).toEqual({
    maxBytes: 10 * 1024 * 1024,
    maxAgeMs: 7 * 86_400_000,
    full: 'drop-oldest',
  });
  expect(await bufferOf(`{ ${KAFKA}, delivery: at-least-once }, buffer: {} }`)).toBeDefined();
});

test('a sink that commits with the checkpoint takes none, and it says why and what to do', async () => {
  expect(await issuesOf('{ file: out.ndjson, buffer: {} }')).toEqual([
    'WEIR_BUFFER_EXACTLY_ONCE t.yaml:6:29  file writes exactly once, by committing with the checkpoint, and what waits in a buffer goes out behind it (expected leave it out: file needs none, unless what it writes to is away, and then the stream waits)',
  ]);
  expect(await issuesOf(`{ ${KAFKA} }, buffer: {} }`)).toEqual([
    expect.stringContaining('(expected give kafka the option delivery: at-least-once)'),
  ]);
});

test('what is wrong with a buffer is told with its place', async () => {
  expect(await issuesOf(`{ ${HTTP}, buffer: { maxBytes: 1kB } }`)).toEqual([expect.stringContaining('maxBytes')]);
  expect(await issuesOf(`{ ${HTTP}, buffer: { full: drop } }`)).toEqual([expect.stringContaining('drop-oldest')]);
  expect(await issuesOf(`{ ${HTTP} }`, 'do: [{ where: "true", buffer: {} }]')).toEqual([
    expect.stringContaining('buffer belongs to a sink'),
  ]);
});
