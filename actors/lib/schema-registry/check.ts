import { WeirError } from '#stage';
import { shownUrl } from '../http/shown.ts';
import { Registry, type RegistryOptions } from './registry.ts';

/** The schema that is written by, and what the registry calls its language. */
export interface OwnSchema {
  readonly text: string | undefined;
  readonly type: 'AVRO' | 'PROTOBUF';
}

/**
 * For `weir check --connect`: whether the registry is there, lets in and, for writing, has the subject or would take the schema.
 * Asks once, and registers nothing. Throws `WEIR_SCHEMA_REGISTRY`, `WEIR_SCHEMA_LOGIN`.
 */
export async function checkRegistry(
  options: RegistryOptions | undefined,
  use: 'read' | 'write',
  { text, type }: OwnSchema,
): Promise<void> {
  if (options === undefined) return;
  const registry = new Registry(options, 1);
  await registry.reach();
  if (use === 'read') return;
  if (options.write === 'register') {
    await registry.wouldTake(text, type);
    return;
  }
  const found = await registry.toWrite(text, type);
  if (found.type === type) return;
  const what = `${options.subject} has schemas of ${found.type}, not ${type}`;
  throw new WeirError('WEIR_SCHEMA_REGISTRY', `the schema registry at ${shownUrl(options.url)}: ${what}`);
}
