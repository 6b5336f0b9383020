const path = (name: string) => new URL(`tls/${name}`, import.meta.url).pathname;

/** Certificates for tests alone, of a CA whose key nobody has; those of `server` and `client` are for localhost and 127.0.0.1. */
export const CA = path('ca.pem');
export const SERVER = { cert: path('server.pem'), key: path('server.key') };
export const CLIENT = { cert: path('client.pem'), key: path('client.key') };
