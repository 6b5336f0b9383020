import { readFileSync } from 'node:fs';
import { messageOf, WeirError } from '#stage';

/** A schema that an option gives itself or names the file of; undefined where it does neither. Throws `WEIR_OPTION`. */
export function schemaText(schema: unknown, file: string | undefined): string | undefined {
  if (schema !== undefined && file !== undefined) throw new WeirError('WEIR_OPTION', 'give either `schema` or `file`');
  if (schema !== undefined) return typeof schema === 'string' ? schema : JSON.stringify(schema);
  if (file === undefined) return undefined;
  try {
    return readFileSync(file, 'utf8');
  } catch (cause) {
    throw new WeirError('WEIR_OPTION', `option file: ${file} cannot be read: ${messageOf(cause)}`, { cause });
  }
}
