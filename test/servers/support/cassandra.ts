import driver, { type Client } from 'cassandra-driver';

/** A plain client of the driver, to look at what Weir has done. */
export async function clientOf(port: number, more: object = {}): Promise<Client> {
  const client = new driver.Client({ contactPoints: [`127.0.0.1:${port}`], localDataCenter: 'datacenter1', ...more });
  await client.connect();
  return client;
}

/** Whether the node answers queries again; its port is open some time before. */
export async function untilAnswers(port: number, more: object = {}): Promise<void> {
  for (;;) {
    try {
      const client = await clientOf(port, more);
      await client.shutdown();
      return;
    } catch {
      await new Promise((resolve) => setTimeout(resolve, 250));
    }
  }
}

/** All rows of a table, page by page. */
export async function allRows(client: Client, query: string): Promise<Record<string, unknown>[]> {
  const rows: Record<string, unknown>[] = [];
  for await (const row of await client.execute(query, [], { prepare: true, fetchSize: 5000 })) rows.push({ ...row });
  return rows;
}
