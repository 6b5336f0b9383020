import { messageOf, WeirError } from '#stage';

const TLS = /^(?:ERR_TLS|ERR_SSL|CERT_|UNABLE_TO_|SELF_SIGNED|DEPTH_ZERO|HOSTNAME_MISMATCH|EPROTO)/;

/** Answers to a connection that no other try would mend: code → what it is called, and what to do. Those of 3.1.1 and of 5. */
const REFUSED: Readonly<Record<number, readonly [code: string, advice: string]>> = {
  1: ['WEIR_MQTT_VERSION', 'it does not speak this version: see option version'],
  132: ['WEIR_MQTT_VERSION', 'it does not speak this version: see option version'],
  2: ['WEIR_MQTT_CLIENT', 'it refuses the client id: see option clientId'],
  133: ['WEIR_MQTT_CLIENT', 'it refuses the client id: see option clientId'],
  4: ['WEIR_MQTT_AUTH', 'it refused the login: see user and password'],
  134: ['WEIR_MQTT_AUTH', 'it refused the login: see user and password'],
  5: ['WEIR_MQTT_AUTH', 'it refused the login: see user and password, or ask its operators for the right'],
  135: ['WEIR_MQTT_AUTH', 'it refused the login: see user and password, or ask its operators for the right'],
  138: ['WEIR_MQTT_AUTH', 'this client is banned: ask its operators'],
  140: ['WEIR_MQTT_AUTH', 'it wants another way to log in than user and password'],
  142: ['WEIR_MQTT_TAKEN', 'another client took over the session: each needs a clientId of its own'],
  144: ['WEIR_MQTT_DENIED', 'it refuses the topic of the will'],
  154: ['WEIR_MQTT_DENIED', 'it keeps no retained messages: see retain'],
  155: ['WEIR_MQTT_DENIED', 'it does not offer this quality of service: see qos'],
};

/** What no new try will mend, as an error that ends the run; undefined for what may pass. `where` has no secrets. */
export function permanentFault(error: unknown, where: string): WeirError | undefined {
  const { code } = error as { code?: unknown };
  if (typeof code === 'number') {
    const [name, advice] = REFUSED[code] ?? [];
    return name === undefined ? undefined : fault(name, `${where}: ${advice}`, error);
  }
  if (typeof code === 'string' && TLS.test(code)) {
    return fault(
      'WEIR_MQTT_TLS',
      `${where}: no TLS with it: ${messageOf(error).trim().slice(0, 200)}: see option tls`,
      error,
    );
  }
  return undefined;
}

/** An error that ends the run at once: a restart cannot mend it. */
export function fault(code: string, message: string, cause?: unknown): WeirError {
  return new WeirError(code, message, { ...(cause === undefined ? {} : { cause }), data: { permanent: true } });
}
