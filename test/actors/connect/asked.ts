import type { OperatorDefinition, SinkDefinition, SourceDefinition } from '../../../src/stage/index.ts';
import { materializeSync } from '../../../src/topology/options.ts';

/** What `weir check --connect` asks of a stage with these options. */
export async function asked(
  definition: SourceDefinition<any> | SinkDefinition<any> | OperatorDefinition<any>,
  options: object,
): Promise<void> {
  if (definition.connect === undefined) throw new Error('the stage has no such hook');
  await definition.connect(materializeSync(definition.options, options as Record<string, unknown>) as never);
}
