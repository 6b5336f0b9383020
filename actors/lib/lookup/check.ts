import type { Expression, KeySpec } from '#stage';
import { checkTable } from '../cassandra/check.ts';
import type { ClusterOptions, TableOptions } from '../cassandra/options.ts';
import { columnsOf, keyColumns } from '../cassandra/table.ts';
import { reach } from '../connect/reach.ts';
import type { TlsFiles } from '../sockets/tls.ts';

/** What stands before the first hole of a URL, if that names a server. */
function serverIn({ node, text }: Expression<string>): string | undefined {
  const begin = node?.kind === 'template' ? (node.texts[0] as string) : text;
  const found = /^https?:\/\/[^/?#$]+(?=[/?#])/i.exec(begin)?.[0] ?? (begin === text ? text : undefined);
  return found !== undefined && URL.canParse(found) ? found : undefined;
}

/** Whether the server is there, where it is the same for all records. What it answers depends on what it is asked, and is not judged. */
export async function checkUrl(url: Expression<string>, timeoutMs: number, tls: TlsFiles | undefined): Promise<void> {
  const server = serverIn(url);
  if (server === undefined) return;
  await reach({ url: server, method: 'HEAD', tls, timeoutMs, code: 'WEIR_LOOKUP_HTTP', judge: () => undefined });
}

/** Whether the table is there and has the columns that are asked for, and can be asked by these. */
export function checkCassandra(
  options: ClusterOptions & TableOptions & { columns: readonly string[] | undefined },
  key: KeySpec,
): Promise<void> {
  return checkTable(options, (table, { where }) => {
    keyColumns(table, { ...options, columns: key.names }, where);
    columnsOf(table, options, where);
  });
}
