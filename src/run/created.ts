import { located, messageOf, toErrorData, WeirError } from '../base/errors.ts';
import type { LoadedStage } from '../topology/load-stages.ts';
import { moduleTexts } from '../topology/options.ts';

/**
 * Creates a stage. What it throws then is told with its id and the modules of the user's that it runs, and ends the run: it
 * depends on nothing but options and code, which are the same after a restart.
 */
export function created<T>({ node, definition }: LoadedStage, create: () => T): T {
  try {
    return create();
  } catch (error) {
    const { code, data } = toErrorData(error);
    if (code === 'WEIR_ASSERTION') throw error;
    const modules = moduleTexts(definition?.options ?? {}, node.options).map(({ text }) => text);
    const where = modules.length === 0 ? node.id : `${node.id} (${modules.join(', ')})`;
    throw new WeirError(code ?? 'WEIR_STAGE_THREW', `${where} cannot be created: ${messageOf(error)}`, {
      cause: error,
      data: { ...data, atCreation: true },
    });
  }
}

/** Opens something of a stage; what that throws is told with its id. */
export async function opened<T>(stage: string, open: () => T | Promise<T>): Promise<T> {
  try {
    return await open();
  } catch (error) {
    throw located(stage, error);
  }
}
