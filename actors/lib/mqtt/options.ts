import { field, WeirError } from '#stage';
import { namesUser } from '../http/shown.ts';
import { refuseTls, type TlsFiles, tlsField } from '../sockets/tls.ts';

export const QOS = ['0', '1', '2'] as const;
export const VERSIONS = ['5', '3.1.1'] as const;

/** Options of whoever connects to a broker. */
export const brokerFields = {
  url: field.url('The broker: `mqtt://host:1883`, or `mqtts://host:8883` for TLS.', {
    schemes: ['mqtt', 'mqtts'],
    default: 'mqtt://127.0.0.1:1883',
  }),
  user: field.text('The name to log in with.', { optional: true }),
  password: field.text('Its password.', { optional: true }),
  tls: tlsField,
  version: field.choice('The version of MQTT.', VERSIONS, { default: '5' }),
  keepalive: field.duration('Each other is asked so often whether it is still there.', {
    default: '60s',
    min: 1000,
    max: 65_535_000,
  }),
  sessionExpiry: field.duration('Version 5: the broker keeps the session so long while nobody is connected.', {
    default: '1d',
    min: 1000,
    max: 4_294_967_294_000,
  }),
  will: field.group(
    'A message that the broker publishes when the connection is lost without a farewell.',
    {
      topic: field.text('Its topic.'),
      payload: field.text('What it says.', { default: '' }),
      qos: field.choice('Its quality of service.', QOS, { default: '1' }),
      retain: field.flag('The broker keeps it for those who subscribe later.', { default: false }),
    },
    { optional: true },
  ),
};

export interface BrokerOptions {
  readonly url: string;
  readonly user?: string | undefined;
  readonly password?: string | undefined;
  readonly tls?: TlsFiles | undefined;
  readonly version: (typeof VERSIONS)[number];
  readonly keepalive: number;
  readonly sessionExpiry: number;
  readonly will?:
    | {
        readonly topic: string;
        readonly payload: string;
        readonly qos: (typeof QOS)[number];
        readonly retain: boolean;
      }
    | undefined;
}

/** Throws `WEIR_OPTION` for what cannot work together. */
export function refuseBroker({ url, user, password, tls, will }: BrokerOptions): void {
  const wrong = (what: string) => new WeirError('WEIR_OPTION', what);
  refuseTls(tls, false);
  if (namesUser(url)) throw wrong('the url names a user: say it in `user` and `password`');
  if (tls !== undefined && url.startsWith('mqtt:')) throw wrong('`tls` goes with an url that begins with mqtts://');
  if (password !== undefined && user === undefined) throw wrong('`password` goes with `user`');
  const problem = will && topicProblem(will.topic);
  if (problem !== undefined) throw wrong(`will: ${problem}`);
}

/** Why nothing can be published to a topic; undefined if it can. */
export function topicProblem(topic: string): string | undefined {
  if (topic === '') return 'a topic is not empty';
  if (/[#+\0]/.test(topic)) return `'${topic}' is no topic: +, # and the null character are for filters or for nothing`;
  return Buffer.byteLength(topic) > 65_535 ? 'a topic has 65,535 bytes at most' : undefined;
}

/** Why nothing can be subscribed to by a filter; undefined if it can. */
export function filterProblem(filter: string): string | undefined {
  if (filter === '' || filter.includes('\0')) return 'a filter is not empty and has no null character';
  const levels = filter.split('/');
  const isOdd = (level: string, i: number) =>
    level.length > 1 ? /[#+]/.test(level) : level === '#' && i < levels.length - 1;
  if (levels.some(isOdd)) return `'${filter}' is no filter: + stands for a whole level, # for all levels at the end`;
  return Buffer.byteLength(filter) > 65_535 ? 'a filter has 65,535 bytes at most' : undefined;
}
