import { field, type OptionsOf } from '#stage';

/** How a cluster is reached: what the source, the sink and the lookup have in common. */
export const clusterFields = {
  contactPoints: field.list(
    'Nodes that are asked for the rest of the cluster: `host` or `host:port`.',
    field.text('A node.'),
    {
      default: ['127.0.0.1:9042'],
    },
  ),
  localDataCenter: field.text('The data centre whose nodes are spoken to.', { default: 'datacenter1' }),
  user: field.text('With `password`: who logs in.', { optional: true }),
  password: field.text('Name a variable, `${env:CASSANDRA_PASSWORD}`, so that it stands nowhere.', { optional: true }),
  tls: field.group(
    'Speak TLS, with what Node takes for trusted unless told.',
    {
      ca: field.path('Certificates of those who may sign for the cluster, PEM.', { optional: true }),
      cert: field.path('Our own certificate, PEM, for a cluster that asks for one.', { optional: true }),
      key: field.path('Its key, PEM.', { optional: true }),
      serverName: field.text("The name in the nodes' certificates, where it is not their address.", { optional: true }),
    },
    { optional: true },
  ),
  timeout: field.duration('How long to wait for an answer.', { min: 1, default: '12s' }),
  retryFor: field.duration('How long a question or a batch is tried again before the topology fails.', {
    min: 0,
    default: '5m',
  }),
};

/** Where the rows are. */
export const tableFields = {
  keyspace: field.text('The keyspace.'),
  table: field.text('The table.'),
};

const WRITTEN = ['any', 'one', 'two', 'three', 'quorum', 'all', 'local-quorum', 'each-quorum', 'local-one'] as const;
const LEVELS = [...WRITTEN, 'serial', 'local-serial'] as const;

/** A consistency level, as a person writes it. */
export const consistencyField = field.choice('How many replicas answer for it.', LEVELS, { default: 'local-quorum' });
/** That of a write: the serial ones are of lightweight transactions. */
export const writtenConsistencyField = field.choice('How many replicas answer for it.', WRITTEN, {
  default: 'local-quorum',
});

export type ClusterOptions = OptionsOf<typeof clusterFields>;
export type TableOptions = OptionsOf<typeof tableFields>;
export type Level = (typeof LEVELS)[number];

/** The driver's own name of a level. */
export function levelName(level: Level): string {
  return level.replace(/-(\w)/, (_, letter: string) => letter.toUpperCase());
}
