import { field, type OptionsOf, source, WeirError } from '#stage';
import { reach } from '../lib/connect/reach.ts';
import { authorizationOf, loginFields, refuseLogin } from '../lib/http/login.ts';
import { namesUser } from '../lib/http/shown.ts';
import { ScrapeReader } from '../lib/prometheus/scrape-reader.ts';
import { refuseTls, tlsField } from '../lib/sockets/tls.ts';

const options = {
  targets: field.list(
    'What is scraped; without a path `/metrics`.',
    field.url('A target.', { schemes: ['http', 'https'] }),
  ),
  every: field.duration('From one scrape of a target to the next.', { default: '15s', min: 1 }),
  timeout: field.duration('How long a scrape may take, `every` at most; by default 10 s, or `every` if that is less.', {
    min: 1,
    optional: true,
  }),
  headers: field.map('Headers of the request.', field.text('Value of the header.'), { default: {} }),
  ...loginFields,
  tls: tlsField,
  concurrency: field.count('Scrapes of a subtask at the same time.', {
    unit: 'scrapes',
    default: 16,
    min: 1,
    max: 1000,
  }),
  maxBody: field.bytes('The largest answer, decompressed; a larger one is a dead letter.', {
    default: '16MiB',
    min: 1,
    max: 2 ** 28,
  }),
};

type Options = OptionsOf<typeof options>;

function refuse({ targets, every, timeout, tls, ...login }: Options): void {
  const fault = (what: string) => new WeirError('WEIR_OPTION', what);
  if (targets.length === 0) throw fault('name at least one target');
  if (timeout !== undefined && timeout > every)
    throw fault('timeout is longer than every: a scrape would last into the next');
  refuseTls(tls, false);
  refuseLogin(login);
  const urls = targets.map(urlOf);
  if (new Set(urls).size < urls.length) throw fault('a target is named twice');
  if (urls.some(namesUser)) throw fault('a target names a user: say it by user and password');
}

/** With the path that Prometheus takes where there is none. */
function urlOf(target: string): string {
  if (!URL.canParse(target)) return target;
  const url = new URL(target);
  if (url.pathname === '/') url.pathname = '/metrics';
  return url.href;
}

const LONGEST_MS = 10_000;

function scrapeOptions({ headers, timeout, ...rest }: Options) {
  const timeoutMs = timeout ?? Math.min(LONGEST_MS, rest.every);
  return { ...rest, timeoutMs, headers: { ...authorizationOf(rest), ...headers } };
}

/** Scrapes targets of Prometheus. */
export default source({
  summary: 'Scrape the metrics of targets that expose them for Prometheus.',
  docs: `\`prometheus-scrape: ['http://127.0.0.1:9100']\` reads a node exporter.

| field | |
|---|---|
| \`metric\` | the name of the sample, such as \`http_requests_total\` or \`latency_bucket\` |
| \`type\` | of its family: counter, gauge, histogram, summary, …; \`unknown\` where the target does not say |
| \`labels\` | an object of texts |
| \`value\` | a number; null for NaN |
| \`time\` | of the sample where it has one, else of the scrape; milliseconds |
| \`instance\` | host and port of the target |
| \`exemplar\` | \`labels\`, \`value\` and \`time\` of an exemplar of OpenMetrics, or null |

Read are the text format 0.0.4 and OpenMetrics 1.0, also with names in quotes. As Prometheus does, each scrape also gives \`up\` (1, or 0
when it failed), \`scrape_duration_seconds\` and \`scrape_samples_scraped\`; a target that is away, refuses the login or has another
certificate is \`up\` 0 with a warning, and is asked again at its next time. An answer that breaks the rules is one dead letter that
names the line, \`up\` is 0, and none of its samples are given. Samples that are gone are not marked as stale.

Targets are dealt out to the subtasks and asked at offsets of their own. A scrape is left out, with a warning, while the one before is not
done or the stream has not taken it, so no more is in memory than an answer of each target. Event time is that of the scrape.`,
  since: '0.1.0',
  main: 'targets',
  options,
  refuse,
  cost: 'about 3 µs a sample; the answer of each target and its samples in memory until the stream has taken them',
  references: [
    'https://prometheus.io/docs/instrumenting/exposition_formats/',
    'https://prometheus.io/docs/specs/om/open_metrics_spec/',
  ],
  types: {
    metric: 'text',
    type: 'text',
    labels: 'object',
    value: 'number',
    time: 'number',
    instance: 'text',
    exemplar: 'object',
  },
  examples: [
    {
      title: 'two machines, by a token over TLS',
      options: {
        targets: ['https://10.0.0.1:9100', 'https://10.0.0.2:9100'],
        token: 'of the vault',
        tls: { ca: 'ca.pem' },
      },
    },
  ],
  optOut: {
    examples: 'it asks servers; the test beside it has one',
    'close gives back what open took': 'it asks servers; the test beside it closes it',
  },
  clockTime: true,
  replayable: false,
  splits: async ({ targets }) =>
    targets.map((target, i) => ({ id: String(i), data: { url: urlOf(target), at: i / targets.length } })),
  create: (given, context) => new ScrapeReader(context, { ...scrapeOptions(given), everyMs: given.every }),
  // That one is away is what `up` says; a wrong name, login or certificate mends by nothing but another topology.
  connect: async (given) => {
    const { headers, timeoutMs, tls } = scrapeOptions(given);
    const common = { headers, timeoutMs, tls, code: 'WEIR_SCRAPE', mayBeAway: true };
    await Promise.all(given.targets.map((target) => reach({ ...common, url: urlOf(target) })));
  },
});
