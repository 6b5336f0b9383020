import { readFile } from 'node:fs/promises';
import { createSecureContext, type SecureContextOptions } from 'node:tls';
import { field, messageOf, WeirError } from '#stage';

const pem = (doc: string) => field.path(`${doc}, a PEM file.`, { optional: true });

/** TLS of those who listen or connect. */
export const tlsField = field.group(
  'Speak TLS. Who listens needs `cert` and `key`; who connects may say `{}`, which trusts those whom Node trusts.',
  {
    cert: pem('The certificate, and what it was signed by'),
    key: pem('Its private key'),
    ca: pem('Who must have signed the certificate of the other side; who listens then wants one to be shown'),
    serverName: field.text("Who connects: the name in the server's certificate; by default `host`.", {
      optional: true,
    }),
  },
  { optional: true },
);

/** Throws `WEIR_OPTION` for a server without a certificate, or a key without one. */
export function refuseTls(tls: TlsFiles | undefined, isServer: boolean): void {
  if (tls === undefined) return;
  const lacks = (['cert', 'key'] as const).filter((name) => tls[name] === undefined);
  if (lacks.length === 0 || (lacks.length === 2 && !isServer)) return;
  throw new WeirError('WEIR_OPTION', `\`tls\` needs ${lacks.join(' and ')}: the paths of PEM files`);
}

export interface TlsFiles {
  readonly cert?: string | undefined;
  readonly key?: string | undefined;
  readonly ca?: string | undefined;
  readonly serverName?: string | undefined;
}

/** Reads the files of TLS options. Throws `WEIR_TLS_FILE` naming the one that cannot be read, or that is no such thing. */
export async function readTls(files: TlsFiles): Promise<SecureContextOptions> {
  const read = async (name: 'cert' | 'key' | 'ca') => {
    const path = files[name];
    if (path === undefined) return {};
    try {
      return { [name]: await readFile(path) };
    } catch (cause) {
      throw new WeirError('WEIR_TLS_FILE', `tls.${name}: ${path} cannot be read: ${messageOf(cause)}`, { cause });
    }
  };
  const made = { ...(await read('cert')), ...(await read('key')), ...(await read('ca')) };
  try {
    createSecureContext(made);
  } catch (cause) {
    const named = [files.cert, files.key, files.ca].filter((path) => path !== undefined).join(', ');
    const advice = 'PEM files are needed, and the key must be that of the certificate';
    throw new WeirError('WEIR_TLS_FILE', `tls: ${named} do not go together: ${messageOf(cause)}: ${advice}`, { cause });
  }
  return made;
}

/** What of TLS goes wrong again each time. */
const MISMATCH = /^(?:CERT_|ERR_TLS_CERT|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO_|ERR_SSL_|EPROTO|HOSTNAME_MISMATCH)/;

/** `WEIR_TLS` for an error that says that TLS does not fit, also one beneath others; undefined for any other. */
export function tlsFault(error: unknown, where: string): WeirError | undefined {
  for (let cause = error, depth = 0; cause instanceof Error && depth < 5; cause = cause.cause, depth++) {
    if (!MISMATCH.test(String((cause as NodeJS.ErrnoException).code ?? ''))) continue;
    const advice =
      "see that it speaks TLS there, that `tls.ca` is who signed the server's certificate, and `serverName` the name in it";
    const what = `${where}: no TLS with it: ${messageOf(cause).split('\n')[0]}: ${advice}`;
    return new WeirError('WEIR_TLS', what, { cause: error, data: { permanent: true } });
  }
  return undefined;
}
