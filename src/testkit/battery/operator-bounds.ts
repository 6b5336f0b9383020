import type { AnyDefinition, OperatorDefinition } from '../../stage/definition.ts';
import type { Fields } from '../../stage/field.ts';
import { type Check, coded, Skipped } from './check.ts';
import { boundsOf, written } from './definition-checks.ts';
import { faultsOf } from './option-faults.ts';
import { play } from './play.ts';
import { exampleWorkload } from './workload.ts';

/** At the bounds of its options it works, or refuses by a coded error what does not go together. */
export const worksAtBounds: Check<OperatorDefinition<any>> = {
  name: 'works at the bounds of its options',
  run: async ({ definition }) => {
    let runs = 0;
    for (const example of definition.examples) {
      for (const [options, what] of optionsAtBounds(definition, example.options ?? {})) {
        if ((await faultsOf(definition.options, options)).length > 0) continue;
        const workload = { ...exampleWorkload(example), options };
        coded(`${example.title} with ${what}`, () => play(definition, workload));
        runs++;
      }
    }
    if (runs === 0) throw new Skipped('no option has bounds');
  },
};

/** The options of an example with one of them, or one of a group of them, at a bound. */
function* optionsAtBounds(
  { options: fields }: AnyDefinition,
  given: Record<string, unknown>,
): Generator<[Record<string, unknown>, string]> {
  for (const [name, field] of Object.entries(fields as Fields)) {
    for (const [bound] of boundsOf(field)) yield [{ ...given, [name]: written(field, bound) }, `${name}: ${bound}`];
    const inner = given[name];
    if (field.fields === undefined || typeof inner !== 'object' || inner === null) continue;
    for (const [part, leaf] of Object.entries(field.fields)) {
      for (const [bound] of boundsOf(leaf)) {
        yield [{ ...given, [name]: { ...inner, [part]: written(leaf, bound) } }, `${name}.${part}: ${bound}`];
      }
    }
  }
}
