import type {
  CodecDefinition,
  OperatorDefinition,
  SinkDefinition,
  SourceDefinition,
} from '../../../src/stage/index.ts';
import { materializeSync } from '../../../src/topology/options.ts';

/** What `weir check --connect` asks of a stage with these options. */
export async function asked(
  definition: SourceDefinition<any> | SinkDefinition<any> | OperatorDefinition<any> | CodecDefinition<any>,
  options: object,
  use: 'read' | 'write' = 'read',
): Promise<void> {
  if (definition.connect === undefined) throw new Error('the stage has no such hook');
  const given = materializeSync(definition.options, options as Record<string, unknown>) as never;
  await definition.connect(given, use);
}
