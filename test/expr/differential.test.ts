import fc from 'fast-check';
import { expect, test } from 'vitest';
import { toCondition } from '../../src/expr/code.ts';
import { compilePredicate, compileProjection, projectionCode } from '../../src/expr/compile.ts';
import { parseExpression } from '../../src/expr/expression.ts';
import { CodeScope } from '../../src/expr/scope.ts';
import type { At, Row } from '../../src/stage/row.ts';
import { tries } from '../support/thorough.ts';
import { AT } from './evaluate.ts';

/*
 * An expression of well-typed values means what JavaScript means by it. Random sources with random records, computed by
 * JavaScript itself and by Weir.
 */

const binary = (ops: readonly string[], a: fc.Arbitrary<string>, b: fc.Arbitrary<string>) =>
  fc.tuple(a, fc.constantFrom(...ops), b).map(([x, op, y]) => `(${x} ${op} ${y})`);

const { number, text, bool } = fc.letrec<{ number: string; text: string; bool: string }>((tie) => {
  const [n, s, b] = [tie('number'), tie('text'), tie('bool')];
  const choice = (of: fc.Arbitrary<string>) =>
    fc.tuple(b, of, of).map(([test, yes, no]) => `(${test} ? ${yes} : ${no})`);
  return {
    number: fc.oneof(
      { depthSize: 'small', maxDepth: 4 },
      fc.constantFrom('n', 'm', 'o.n', 'o.p.n', 'list[0]', 'list[1]'),
      fc.oneof(fc.nat(20), fc.double({ min: 0, noNaN: true, noDefaultInfinity: true })).map(String),
      binary(['+', '-', '*', '/', '%'], n, n),
      fc.tuple(n, n).map(([x, y]) => `((${x}) ** (${y}))`),
      fc.tuple(fc.constantFrom('- ', '+ '), n).map(([op, x]) => `(${op}${x})`),
      s.map((x) => `${x}.length`),
      fc.tuple(s, s).map(([x, y]) => `${x}.indexOf(${y})`),
      choice(n),
    ),
    text: fc.oneof(
      { depthSize: 'small', maxDepth: 4 },
      fc.constantFrom('s', 't', 'o.s', 'o["odd name"]'),
      fc.string({ maxLength: 4 }).map((x) => JSON.stringify(x)),
      binary(['+'], s, s),
      binary(['+'], s, n),
      binary(['+'], b, s),
      fc
        .tuple(s, fc.constantFrom('.toUpperCase()', '.trim()', '.slice(1)', '.slice(-2, -1)'))
        .map((parts) => parts.join('')),
      fc.tuple(s, n).map(([x, y]) => `\`\${${x}}-\${${y}}\``),
      choice(s),
    ),
    bool: fc.oneof(
      { depthSize: 'small', maxDepth: 4 },
      fc.constantFrom('p', 'q', 'o.b', 'true', 'false'),
      binary(['<', '<=', '>', '>=', '==', '!=', '===', '!=='], n, n),
      binary(['<', '<=', '>', '>=', '==', '!='], s, s),
      binary(['&&', '||', '=='], b, b),
      fc.oneof(n, s, b).map((x) => `(!${x})`),
      fc.tuple(s, fc.constantFrom('startsWith', 'endsWith', 'includes'), s).map(([x, f, y]) => `${x}.${f}(${y})`),
      choice(b),
    ),
  };
});

const numbers = fc.oneof(fc.integer(), fc.nat(9), fc.double());
const texts = fc.oneof(fc.string(), fc.constantFrom('', 'a', 'A', 'ab'));
const rows = fc.record({
  n: numbers,
  m: numbers,
  s: texts,
  t: texts,
  p: fc.boolean(),
  q: fc.boolean(),
  list: fc.tuple(numbers, numbers),
  o: fc.record({ n: numbers, s: texts, b: fc.boolean(), p: fc.record({ n: numbers }), 'odd name': texts }),
});

const FIELDS = ['n', 'm', 's', 't', 'p', 'q', 'list', 'o'];

function inJavaScript(source: string, row: Row): unknown {
  return new Function(...FIELDS, `return ${source};`)(...FIELDS.map((name) => row[name]));
}

test('a well-typed expression is what JavaScript makes of it', () => {
  fc.assert(
    fc.property(fc.oneof(number, text, bool), fc.array(rows, { minLength: 1, maxLength: 3 }), (source, records) => {
      const expression = parseExpression(source);
      const holds = compilePredicate(expression);
      for (const row of records) {
        const expected = inJavaScript(source, row);
        expect(expression.evaluate(row, AT)).toBe(expected);
        expect(holds(row, AT)).toBe(Boolean(expected));
      }
    }),
    { numRuns: tries(5000) },
  );
});

test('a projection is its expressions, one by one', () => {
  fc.assert(
    fc.property(fc.array(fc.oneof(number, text, bool), { minLength: 1, maxLength: 4 }), rows, (sources, row) => {
      const names = sources.map((_, i) => `c${i}`);
      const project = compileProjection({ names, expressions: sources.map((source) => parseExpression(source)) });
      const expected = Object.fromEntries(sources.map((source, i) => [names[i], inJavaScript(source, row)]));
      expect(project(row, AT)).toEqual(expected);
      expect(Object.keys(project(row, AT))).toEqual(names);
    }),
  );
});

test('a chain fused into one function does what its steps do', () => {
  const fields: Readonly<Record<string, string>> = { n: 'number', s: 'text', p: 'bool' };
  fc.assert(
    fc.property(bool, number, text, bool, bool, rows, (where, n, s, p, again, row) => {
      const select = { names: Object.keys(fields), expressions: [n, s, p].map((source) => parseExpression(source)) };
      const [first, second] = [parseExpression(where), parseExpression(again)];
      const scope = new CodeScope();
      const condition = toCondition(first, scope);
      const values = projectionCode(select, scope);
      const local = scope.temp();
      // The second condition reads the selected fields from a local variable, and all others are missing.
      const field = ([name]: readonly string[]) => (fields[name!] ? undefined : 'null');
      const then = toCondition(second, scope, {
        row: local,
        field: (path) => (path.length === 1 ? field(path) : undefined),
      });
      const fused = scope.build<(row: Row, at: At) => Row | null>(
        ['row', 'at'],
        `if (!${condition}) return null; ${local} = ${values}; return ${then} ? ${local} : null;`,
      );
      const step = () => {
        if (!compilePredicate(first)(row, AT)) return null;
        const selected = compileProjection(select)(row, AT);
        return compilePredicate(second)(selected, AT) ? selected : null;
      };
      const outcome = (run: () => unknown) => {
        try {
          return run();
        } catch (error) {
          return (error as Error).message;
        }
      };
      expect(outcome(() => fused(row, AT))).toEqual(outcome(step));
    }),
  );
});
