import { type Expression, type OptionsOf, type Projection, WeirError } from '#stage';
import type { learnerFields } from './learning.ts';

/** Options of learners that name a field which a record gets. */
const ADDED = ['as', 'probabilities', 'score', 'distance', 'error', 'basis', 'estimate', 'forecast', 'best'];

type Given = Pick<OptionsOf<typeof learnerFields>, 'from' | 'wait' | 'merge'> & { features?: Projection | undefined };

/**
 * Looks at the options of a learner as a whole, for `weir check`: `learned` are those that it learns from besides its
 * features. Throws `WEIR_OPTION` where a field that it adds would take the place of one that it learns from, or of another that
 * it adds; and for options that do nothing without `from`.
 */
export function refuseLearner(given: Given, learned: readonly (Expression | undefined)[] = []): void {
  const { from, wait, merge, features } = given;
  if (from === undefined && (wait || merge)) {
    const [name, what] = wait ? ['wait', 'there is nothing to wait for'] : ['merge', 'no models come'];
    throw new WeirError(
      'WEIR_OPTION',
      `\`${name}\` without \`from\`: ${what}; name a stream of models, or leave it out`,
    );
  }
  const told = new Set(learned.flatMap((one) => one?.fields.map(([field]) => field) ?? []));
  const listed = new Set(features?.names.filter((name, i) => isField(features.expressions[i], name)));
  const added = new Map<string, string>();
  for (const [option, name] of Object.entries(given)) {
    if (!ADDED.includes(option) || typeof name !== 'string' || name === '') continue;
    const twin = added.get(name);
    added.set(name, option);
    const what = told.has(name)
      ? 'the field that it learns'
      : listed.has(name)
        ? 'one of its features'
        : twin && `\`${twin}\` already`;
    if (what === undefined) continue;
    throw new WeirError('WEIR_OPTION', `\`${option}\` is ${name}, which is ${what}: name another field`);
  }
}

function isField(one: Expression | undefined, name: string): boolean {
  const node = one?.node;
  return node?.kind === 'field' && node.path.length === 1 && node.path[0] === name;
}
