import { field, WeirError } from '#stage';

/** How a stage shows a web server who it is, where `headers` would be too plain. */
export const loginFields = {
  token: field.text('Sent as `Authorization: Bearer …`. Name a variable, `${env:TOKEN}`, so that it stands nowhere.', {
    optional: true,
  }),
  user: field.text('With `password`: sent as `Authorization: Basic …`.', { optional: true }),
  password: field.text('Name a variable, `${env:PASSWORD}`.', { optional: true }),
};

export interface Login {
  readonly token?: string | undefined;
  readonly user?: string | undefined;
  readonly password?: string | undefined;
}

/** Throws `WEIR_OPTION` for half a login, or two. */
export function refuseLogin({ token, user, password }: Login): void {
  if ((user === undefined) !== (password === undefined)) {
    throw new WeirError('WEIR_OPTION', 'user and password go together');
  }
  if (token !== undefined && user !== undefined) {
    throw new WeirError('WEIR_OPTION', 'either token, or user and password');
  }
}

/** The header of a login; none without one. */
export function authorizationOf({ token, user, password }: Login): Record<string, string> {
  if (token !== undefined) return { Authorization: `Bearer ${token}` };
  if (user === undefined) return {};
  return { Authorization: `Basic ${Buffer.from(`${user}:${password ?? ''}`).toString('base64')}` };
}
