import { setMaxListeners } from 'node:events';
import { readFile } from 'node:fs/promises';
import type { ConnectionOptions } from 'node:tls';
import type { Client, QueryOptions } from 'cassandra-driver';
import { hush, WeirError } from '#stage';
import { Outage } from '../delivery/outage.ts';
import { LONGEST_WAIT_MS, type Patience, persist } from '../delivery/persist.ts';
import { wait } from '../http/tries.ts';
import { faultOf } from './faults.ts';
import { connectFirst } from './first-connection.ts';
import type { ClusterOptions } from './options.ts';

export type Driver = typeof import('cassandra-driver');

/** The stage's clock and log. */
export interface Around {
  now(): number;
  after(ms: number, task: () => void): () => void;
  log(level: 'info' | 'warn' | 'error', text: string): void;
}

/** Pauses of the driver between two tries to reach a node again. */
const FIRST_RECONNECT_MS = 250;
/** How long the end waits for connections to close. */
const CLOSE_MS = 2000;

/** A cluster that a stage speaks to: questions to it are asked again while it is away. */
export class Cluster {
  readonly driver: Driver;
  readonly client: Client;
  /** The cluster for people, without what is secret. */
  readonly where: string;
  readonly #around: Around;
  readonly #patience: Patience;
  readonly #closing = new AbortController();

  private constructor(driver: Driver, client: Client, options: ClusterOptions, around: Around) {
    this.driver = driver;
    this.client = client;
    this.where = `cassandra ${options.contactPoints.join(', ')}`;
    this.#around = around;
    const { signal } = this.#closing;
    // Each batch that is tried again waits for it.
    setMaxListeners(0, signal);
    this.#patience = {
      outage: new Outage(this.where, around),
      now: () => around.now(),
      closed: () => signal.aborted,
      pause: (ms) => wait(around, ms, signal),
      judge: (cause) => faultOf(cause, this.where),
      // Another one in each subtask and process: by one seed all of them would come back at the same time.
      random: Math.random,
      forMs: options.retryFor,
    };
  }

  /** `patient`: there has been a connection before, so that a cluster that is away is waited for. */
  static async connect(options: ClusterOptions, around: Around, { patient }: { patient: boolean }): Promise<Cluster> {
    if ((options.user === undefined) !== (options.password === undefined)) {
      throw new WeirError('WEIR_OPTION', 'user and password go together');
    }
    // Loaded only where it is used: it takes its time.
    const driver = (await import('cassandra-driver')).default;
    const sslOptions = options.tls === undefined ? undefined : await sslOf(options.tls);
    const client = clientOf(driver, options, sslOptions);
    const cluster = new Cluster(driver, client, options, around);
    try {
      const { retryFor } = options;
      await persist({ ...cluster.#patience, forMs: patient ? retryFor : 0 }, () => connectFirst(client));
      return cluster;
    } catch (error) {
      hush(cluster.close());
      throw error;
    }
  }

  execute(query: string, parameters: unknown[], options: QueryOptions) {
    return this.retried(() => this.client.execute(query, parameters, options));
  }

  /** Tries until it is done; throws a `WEIR_CASSANDRA_…` when it cannot be, or has not been for `retryFor`. */
  retried<T>(task: () => Promise<T>): Promise<T> {
    return persist(this.#patience, task);
  }

  get closed(): boolean {
    return this.#closing.signal.aborted;
  }

  async close(): Promise<void> {
    this.#closing.abort();
    const shut = this.client.shutdown().catch(() => {});
    // It waits for nodes that have never answered.
    let cancel = () => {};
    const late = new Promise<void>((resolve) => {
      cancel = this.#around.after(CLOSE_MS, resolve);
    });
    await Promise.race([shut, late]);
    cancel();
  }
}

function clientOf(driver: Driver, options: ClusterOptions, sslOptions: ConnectionOptions | undefined): Client {
  const { contactPoints, localDataCenter, user, password, timeout } = options;
  const { ExponentialReconnectionPolicy } = driver.policies.reconnection;
  return new driver.Client({
    contactPoints,
    localDataCenter,
    ...(user === undefined || password === undefined ? {} : { credentials: { username: user, password } }),
    ...(sslOptions === undefined ? {} : { sslOptions }),
    // Maps and sets of CQL have keys of any type.
    encoding: { map: Map, set: Set },
    policies: { reconnection: new ExponentialReconnectionPolicy(FIRST_RECONNECT_MS, LONGEST_WAIT_MS, false) },
    socketOptions: { readTimeout: timeout, connectTimeout: Math.min(timeout, 5000) },
  });
}

async function sslOf(tls: NonNullable<ClusterOptions['tls']>): Promise<ConnectionOptions> {
  const read = async (path: string | undefined) => {
    try {
      return path === undefined ? undefined : await readFile(path);
    } catch (cause) {
      throw new WeirError('WEIR_OPTION', `tls: ${path} cannot be read`, { cause });
    }
  };
  const { serverName } = tls;
  const [ca, cert, key] = [await read(tls.ca), await read(tls.cert), await read(tls.key)];
  return {
    ...(ca && { ca }),
    ...(cert && { cert }),
    ...(key && { key }),
    ...(serverName !== undefined && { servername: serverName }),
    rejectUnauthorized: true,
  };
}
