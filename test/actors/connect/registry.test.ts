// What `weir check --connect` finds of a schema registry before a start.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import avro from '../../../actors/codecs/avro.ts';
import protobuf from '../../../actors/codecs/protobuf.ts';
import { refusalsOf } from '../../../src/cli/connect.ts';
import { checkFile } from '../../../src/cli/load.ts';
import { FakeRegistry } from '../support/fake-registry.ts';
import { WebServer } from '../support/web-server.ts';
import { asked } from './asked.ts';

let registry: FakeRegistry;
let url: string;
beforeEach(async () => {
  registry = new FakeRegistry();
  url = await registry.listen();
});
afterEach(() => registry.close());

const OLD = '{"type":"record","name":"A","fields":[{"name":"a","type":"int"}]}';
const NEW = '{"type":"record","name":"A","fields":[{"name":"b","type":"int"}]}';
const basic = (text: string) => `Basic ${Buffer.from(text).toString('base64')}`;

describe.each([
  ['avro', avro, { schema: OLD }],
  ['protobuf', protobuf, { schema: 'syntax = "proto3"; message A { int32 a = 1; }' }],
] as const)('%s', (_, definition, schema) => {
  const ask = (more: object, use: 'read' | 'write' = 'read') =>
    asked(definition, { ...schema, registry: { url, ...more } }, use);

  test('finds nothing wrong, and registers nothing', async () => {
    registry.authorization = basic('me:s3cret');
    const login = { user: 'me', password: 's3cret' };
    await ask(login);
    await ask({ ...login, subject: 'new' }, 'write');
    expect([...registry.subjects]).toEqual([]);
    await asked(definition, schema);
  });

  test('finds a refused login, and tells no secret', async () => {
    registry.authorization = basic('me:right');
    for (const use of ['read', 'write'] as const) {
      const wrong = ask({ user: 'me', password: 's3cret', subject: 'a' }, use);
      await expect(wrong).rejects.toMatchObject({ code: 'WEIR_SCHEMA_LOGIN' });
      await expect(wrong).rejects.not.toThrow(/s3cret|bWU6/);
    }
  });

  test('finds that nobody is there, at the first try, and what is no registry', async () => {
    registry.faults.push(503);
    await expect(ask({})).rejects.toMatchObject({
      code: 'WEIR_SCHEMA_REGISTRY',
      message: expect.stringMatching(/gives no answer: status 503: see that it runs/),
    });
    expect(registry.calls).toHaveLength(1);
    await registry.close();
    await expect(ask({})).rejects.toThrow(/gives no answer: .*ECONNREFUSED/);
    const other = new WebServer();
    url = await other.listen();
    other.reply = () => ({ status: 404 });
    await expect(ask({})).rejects.toThrow(/it is none: see `url`/);
    other.reply = () => ({ status: 200, text: '<html>' });
    await expect(ask({})).rejects.toThrow(/answers with 200 and no JSON/);
    other.reply = () => ({ status: 422, text: JSON.stringify({ message: 'no\r\nstarted\u001b[2J' }) });
    await expect(ask({})).rejects.toThrow(/answers with 422: no started \[2J$/);
    await other.close();
    // For the end of the test.
    url = await registry.listen();
  });

  test('finds a subject that is not there, where the schema is to be in it', async () => {
    for (const write of ['lookup', 'latest']) {
      await expect(ask({ subject: 'a', write }, 'write')).rejects.toMatchObject({ code: 'WEIR_SCHEMA_REGISTRY' });
      // Reading needs no subject.
      await ask({ subject: 'a', write });
    }
  });

  test('finds a subject of another language', async () => {
    registry.add('a', schema.schema, { schemaType: 'JSON' });
    const wrong = ask({ subject: 'a', write: 'latest' }, 'write');
    await expect(wrong).rejects.toThrow(/a has schemas of JSON, not (AVRO|PROTOBUF)/);
  });

  test('finds a schema that would not be taken', async () => {
    registry.add('a', NEW);
    registry.compatible = (last, next) => last !== NEW || next !== schema.schema;
    const wrong = ask({ subject: 'a' }, 'write');
    await expect(wrong).rejects.toThrow(/would not take the schema as a version of a/);
    expect(registry.subjects.get('a')).toHaveLength(1);
  });
});

test('a topology asks for the codecs of its sources and sinks', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'weir-registry-'));
  registry.authorization = basic('me:right');
  const codec = (more: string) => `codec: { avro: { registry: { url: "${url}", user: me, password: s3cret${more} } } }`;
  const file = join(folder, 't.yaml');
  await writeFile(join(folder, 'in.bin'), '');
  await writeFile(
    file,
    `name: t
streams:
  a:
    source: { tail: { path: ${join(folder, 'in.bin')}, ${codec('')} } }
    to: { udp: { host: 127.0.0.1, port: 1, ${codec(', subject: a, write: latest')} } }
`,
  );
  const { graph, issues } = await checkFile(file, []);
  expect(issues.filter(({ severity }) => severity === 'error')).toEqual([]);
  const refusals = await refusalsOf(graph!, { asking: () => {}, refused: () => {} });
  expect(refusals.map(({ stage, code }) => [stage, code])).toEqual([
    ['a.tail', 'WEIR_SCHEMA_LOGIN'],
    ['a.to.udp', 'WEIR_SCHEMA_LOGIN'],
  ]);
  await rm(folder, { recursive: true });
});
