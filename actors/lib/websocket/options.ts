import { field, type OptionsOf } from '#stage';
import { refuseUser } from '../http/shown.ts';
import { refuseTls, tlsField } from '../sockets/tls.ts';

/** What the source and the sink have in common. */
export const wsFields = {
  url: field.url('Whom to connect to; without it, it listens.', { schemes: ['ws', 'wss'], optional: true }),
  headers: field.map(
    'Headers of the request that connects, such as Authorization.',
    field.text('Value of the header.'),
    {
      default: {},
    },
  ),
  port: field.count('Without `url`: the port to listen on; 0 takes a free one.', {
    default: 7314,
    min: 0,
    max: 65_535,
  }),
  host: field.text('Without `url`: the address to listen on; 0.0.0.0 is all of them.', { default: '127.0.0.1' }),
  path: field.text('Without `url`: the path to connect to.', { default: '/events' }),
  tokens: field.list(
    'Without `url`: who connects has one of these, `Authorization: Bearer TOKEN`.',
    field.text('A token.'),
    {
      default: [],
    },
  ),
  connections: field.count('Without `url`: connections at a time.', {
    unit: 'connections',
    default: 256,
    min: 1,
    max: 65_535,
  }),
  tls: tlsField,
  timeout: field.duration('With `url`: how long connecting may take.', { default: '10s', min: 1 }),
};

/** Throws `WEIR_OPTION` for a URL that names a user, and TLS that lacks a file. */
export function refuseWs({ tls, url }: Pick<OptionsOf<typeof wsFields>, 'tls' | 'url'>): void {
  refuseTls(tls, url === undefined);
  refuseUser(url);
}
