import { createRequire } from 'node:module';
import type { Client } from 'cassandra-driver';

/** What is used of a connection of the driver, which has no types of it. */
interface Connection {
  readonly netClient?: { destroy(): void };
  openAsync(): Promise<void>;
  close(): void;
  clearAndInvokePending(): void;
}

interface Inside {
  readonly options: object;
  readonly controlConnection: {
    readonly connection: Connection | null;
    _createConnection(endpoint: string): Promise<Connection>;
  };
}

/**
 * Connects a client of the driver, and leaves nothing open when that fails: the driver forgets the connections by which it asked for
 * the cluster, with their heartbeats, and the process would never end.
 */
export async function connectFirst(client: Client): Promise<void> {
  const { options, controlConnection } = client as unknown as Inside;
  const DriverConnection = createRequire(import.meta.url)('cassandra-driver/lib/connection.js');
  const open = new Set<Connection>();
  let isFirst = true;
  controlConnection._createConnection = async (endpoint) => {
    const connection: Connection = new DriverConnection(endpoint, null, options);
    try {
      await connection.openAsync();
    } catch (error) {
      end(connection);
      throw error;
    }
    if (isFirst) open.add(connection);
    return connection;
  };
  try {
    await client.connect();
    if (controlConnection.connection !== null) open.delete(controlConnection.connection);
  } finally {
    isFirst = false;
    for (const connection of open) end(connection);
  }
}

function end(connection: Connection): void {
  connection.close();
  connection.netClient?.destroy();
  // The heartbeat, which `close` leaves when the other side has closed first.
  connection.clearAndInvokePending();
}
