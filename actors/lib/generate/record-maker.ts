import { type At, CodeScope, type Expression, type Row, toJavaScript, WeirError } from '#stage';
import { normal, seedOf, uniform } from './random.ts';

/** What the expressions of `generate` may read besides `n` and `time`, and the code that makes it. */
const RANDOM: Readonly<Record<string, (f: Record<'uniform' | 'normal', string>, seed: number) => string>> = {
  random: ({ uniform }, seed) => `${uniform}(${seed}, n, 0)`,
  random2: ({ uniform }, seed) => `${uniform}(${seed}, n, 1)`,
  random3: ({ uniform }, seed) => `${uniform}(${seed}, n, 2)`,
  normal: ({ normal }, seed) => `${normal}(${seed}, n, 3)`,
};

/** Makes record `n`, of event time `time`. */
export type RecordMaker = (n: number, time: number, at: At) => Row;

/** One function for all fields of a record. Throws `WEIR_GENERATE_FIELD` where an expression reads what is not there. */
export function recordMaker(fields: Readonly<Record<string, Expression>>, seed: string): RecordMaker {
  const known = ['n', 'time', ...Object.keys(RANDOM)];
  for (const [name, expression] of Object.entries(fields)) {
    const unknown = expression.fields?.find(([first]) => !known.includes(first ?? ''));
    if (unknown === undefined) continue;
    const what = `generate: ${name} reads '${unknown.join('.')}', which is not there; there are ${known.join(', ')}`;
    throw new WeirError('WEIR_GENERATE_FIELD', what);
  }
  const scope = new CodeScope();
  const functions = { uniform: scope.constant(uniform), normal: scope.constant(normal) };
  const random = (name: string) => RANDOM[name]?.(functions, seedOf(seed));
  const place = {
    field: ([name, ...rest]: readonly string[]) => (rest.length > 0 ? undefined : (random(name!) ?? name)),
  };
  const all = Object.keys(RANDOM).map((name) => `${name}: ${random(name)}`);
  const values = Object.entries(fields).map(([name, expression]) => {
    // A closure gets a record of all that there is.
    const closure = () => `${scope.constant(expression.evaluate)}({ n, time, ${all.join(', ')} }, at)`;
    return `${JSON.stringify(name)}: ${expression.node === undefined ? closure() : toJavaScript(expression, scope, place)}`;
  });
  return scope.build<RecordMaker>(['n', 'time', 'at'], `return { ${values.join(', ')} };`);
}
