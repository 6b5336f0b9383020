import { afterAll, beforeAll, expect, test } from 'vitest';
import { Kafka } from './support/kafka.ts';
import { withServers } from './support/server.ts';

withServers(['kafka'], 'kafka, by a login over TLS', () => {
  const kafka = new Kafka({ secure: true });
  beforeAll(async () => {
    await kafka.start();
    await kafka.create('secret', 2);
  });
  afterAll(() => kafka.end());

  const LOGIN = 'sasl: { user: weir, password: weir-pass }';
  const writing = (brokers: string, login: string) => `
streams:
  in:
    source: { generate: { count: 100, fields: { id: n } } }
    to: { kafka: { topic: secret, brokers: "${brokers}", ${login} } }
`;

  test.each(['plain', 'scram-sha-512'])(
    'writes and reads by %s',
    async (mechanism) => {
      const login = `sasl: { mechanism: ${mechanism}, user: weir, password: weir-pass }, tls: { ca: ${kafka.certificate} }`;
      const out = await kafka.topology(`out-${mechanism}`, writing(kafka.secure, login));
      const written = await kafka.weir('run', out, '--fresh').ended;
      expect(written.code, written.stderr).toBe(0);
      const back = await kafka.topology(
        `in-${mechanism}`,
        `
streams:
  in:
    source: { kafka: { topics: secret, brokers: "${kafka.secure}", until: latest, start: earliest, ${login} } }
    to: { file: ${mechanism}.ndjson }
`,
      );
      const read = await kafka.weir('run', back, '--fresh').ended;
      expect(read.code, read.stderr).toBe(0);
      const ids = new Set((await kafka.lines(`${mechanism}.ndjson`)).map((line) => JSON.parse(line).id));
      expect(ids).toEqual(new Set(Array.from({ length: 100 }, (_, n) => n)));
    },
    60_000,
  );

  test.each([
    [
      'a wrong password',
      () => `sasl: { user: weir, password: not-this-one }, tls: { ca: ${kafka.certificate} }`,
      /refused the login.*WEIR_KAFKA_AUTH/,
    ],
    ['a certificate that nobody vouches for', () => `${LOGIN}, tls: {}`, /no TLS with Kafka.*WEIR_KAFKA_TLS/],
    ['no TLS where there must be', () => LOGIN, /WEIR_KAFKA_(?:CONNECT|TLS)/],
  ])(
    '%s is told before the start, and no secret is',
    async (_, login, expected) => {
      const file = await kafka.topology('refused', writing(kafka.secure, login()));
      const checked = await kafka.weir('check', file, '--connect').ended;
      expect(checked.code).toBe(2);
      expect(checked.stdout).toContain(kafka.secure);
      expect(checked.stdout).toMatch(expected);
      const run = await kafka.weir('run', file, '--fresh').ended;
      expect(run.code).toBe(1);
      // A connection that is closed may be open at the next try: that is tried again, and restarted, before it is given up.
      expect(run.stderr).toMatch(/WEIR_KAFKA_|cannot be reached/);
      for (const text of [checked.stdout, checked.stderr, run.stdout, run.stderr]) {
        expect(text).not.toMatch(/not-this-one|weir-pass/);
      }
    },
    60_000,
  );
});
