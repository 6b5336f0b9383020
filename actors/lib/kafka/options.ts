import { field, type OptionsOf } from '#stage';

/** How to reach a cluster: options that source and sink share. */
export const connectOptions = {
  brokers: field.list('Brokers to begin with, `host:port`; they name the others.', field.text('`host:port`.'), {
    default: ['localhost:9092'],
  }),
  sasl: field.group(
    'Log in with a name and a password.',
    {
      mechanism: field.choice('How.', ['plain', 'scram-sha-256', 'scram-sha-512'], { default: 'scram-sha-512' }),
      user: field.text('User name.'),
      password: field.text('Password; better `${env:NAME}` than its text.'),
    },
    { optional: true },
  ),
  tls: field.group(
    'Speak TLS. `tls: {}` trusts what the system trusts.',
    {
      ca: field.path('Certificates to trust, PEM.', { optional: true }),
      cert: field.path('Our certificate, PEM, where the broker asks for one.', { optional: true }),
      key: field.path('Its key, PEM.', { optional: true }),
      serverName: field.text('The name that the brokers’ certificate must bear; default their host.', {
        optional: true,
      }),
    },
    { optional: true },
  ),
  timeout: field.duration('How long to wait for a connection or an answer.', { min: 100, default: '10s' }),
};

export type ConnectOptions = OptionsOf<typeof connectOptions>;
