import type { User } from 'net-snmp';
import { field, WeirError } from '#stage';
import type { Library } from './library.ts';

const AUTH = ['md5', 'sha', 'sha224', 'sha256', 'sha384', 'sha512'] as const;
const PRIVACY = ['des', 'aes', 'aes256b', 'aes256r'] as const;

/** Fields of a user of version 3. */
export const userFields = {
  name: field.text('Its name.'),
  auth: field.choice('How messages are authenticated.', AUTH, { default: 'sha' }),
  authPassword: field.text('The password of that; without it messages are not authenticated.', { optional: true }),
  privacy: field.choice('How messages are encrypted; aes has 128 bits.', PRIVACY, { default: 'aes' }),
  privacyPassword: field.text('The password of that; without it messages are not encrypted.', { optional: true }),
};

export interface UserOptions {
  readonly name: string;
  readonly auth: (typeof AUTH)[number];
  readonly authPassword?: string | undefined;
  readonly privacy: (typeof PRIVACY)[number];
  readonly privacyPassword?: string | undefined;
}

/** Throws `WEIR_OPTION` for passwords that cannot be. */
export function refuseUser({ name, authPassword, privacyPassword }: UserOptions): void {
  const wrong = (what: string) => new WeirError('WEIR_OPTION', `user ${name}: ${what}`);
  if (privacyPassword !== undefined && authPassword === undefined) {
    throw wrong('`privacyPassword` goes with `authPassword`: what is encrypted is authenticated too');
  }
  for (const [option, password] of Object.entries({ authPassword, privacyPassword })) {
    if (password !== undefined && password.length < 8)
      throw wrong(`${option} has fewer than 8 characters (RFC 3414, 11.2)`);
  }
}

export function userOf(library: Library, options: UserOptions): User {
  const { AuthProtocols, PrivProtocols, SecurityLevel } = library;
  const { name, auth, authPassword: authKey, privacy, privacyPassword: privKey } = options;
  if (authKey === undefined) return { name, level: SecurityLevel.noAuthNoPriv };
  const authProtocol = AuthProtocols[auth];
  if (privKey === undefined) return { name, level: SecurityLevel.authNoPriv, authProtocol, authKey };
  return { name, level: SecurityLevel.authPriv, authProtocol, authKey, privProtocol: PrivProtocols[privacy], privKey };
}
