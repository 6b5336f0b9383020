import { expect, test } from 'vitest';
import { check, graphOf, issuesOf } from './support.ts';

const topology = (params: string, more: string) => `name: t
params: ${params}
streams:
  s:
    source: ticks
${more}`;

async function options(params: string, step: string, given = {}): Promise<unknown> {
  const graph = await graphOf(topology(params, `    do: [ ${step} ]\n    to: { out: x }\n`), given);
  return graph.nodes.find((node) => node.kind === 'operator')?.options;
}

test('a parameter is filled in from its default or from what is set', async () => {
  const step = '{ mean: { target: "${field}_x" } }';
  expect(await options('{ field: { default: a } }', step)).toEqual({ target: 'a_x' });
  expect(await options('{ field: { default: a } }', step, { set: { field: 'b' } })).toEqual({ target: 'b_x' });
});

test('a value that is one placeholder keeps the type of the default', async () => {
  const step = '{ mean: { target: y, features: "${f}", memories: ["${m}"] } }';
  expect(await options('{ f: { default: [a, b] }, m: { default: 0.5 } }', step)).toEqual({
    target: 'y',
    features: ['a', 'b'],
    memories: [0.5],
  });
});

test('text that is set becomes a number where a number is expected, and stays text where text is', async () => {
  const step = '{ mean: { target: "${t}", memories: ["${m}"] } }';
  expect(await options('{ t: {}, m: {} }', step, { set: { t: '007', m: '0.5' } })).toEqual({
    target: '007',
    memories: [0.5],
  });
});

test('a number parameter in a text is text', async () => {
  expect(await options('{ t: { default: 7 } }', '{ mean: { target: "${t}" } }')).toEqual({ target: '7' });
});

test('a parameter without a value is told once, with the way to give it', async () => {
  const text = topology(
    '{ input: {} }',
    '    do: [ { mean: { target: "${input}" } }, { where: "${input}" } ]\n    to: out\n',
  );
  expect((await issuesOf(text))[0]).toBe("t.yaml:2:11  parameter 'input' has no value: pass --set input=…");
  expect((await issuesOf(text)).filter((issue) => issue.includes('input'))).toHaveLength(1);
});

test('a parameter may be left without a value, for tests', async () => {
  const text = topology('{ n: {} }', '    do: [ { dedupe: { capacity: "${n}" } } ]\n    to: { out: "${n}" }\n');
  const { graph, issues } = await check(text, { missing: 'leave' });
  expect(issues).toEqual([]);
  expect(graph?.nodes.at(-1)?.options).toEqual({ path: '${n}' });
});

test('what the form itself reads has its default where a parameter is left without a value', async () => {
  const text = `name: t
params: { n: {}, d: {} }
checkpoint: { every: "\${d}" }
streams:
  s:
    source: ticks
    time: { outOfOrder: "\${d}" }
    parallelism: "\${n}"
    do: [ { dedupe: {}, parallelism: "\${n}" } ]
    to: { out: x }
`;
  const left = await graphOf(text, { missing: 'leave' });
  expect(left.settings.checkpointIntervalMs).toBe(1000);
  expect(left.nodes[0]?.time).toEqual({ outOfOrderMs: 0, aheadMs: 86_400_000 });
  expect(left.nodes[1]?.parallelism).toBeUndefined();
  const set = await graphOf(text, { set: { n: '3', d: '2s' } });
  expect(set).toMatchObject({ settings: { checkpointIntervalMs: 2000 }, nodes: [{}, { parallelism: 3 }, {}] });
});

test('an unknown placeholder is told with its column and what was meant', async () => {
  const text = topology(
    '{ input: { default: x } }',
    '    do: [ { mean: { target: "a ${inptu}" } }, { mean: { target: "${input}" } } ]\n    to: { out: "${path}" }\n',
  );
  expect(await issuesOf(text)).toEqual([
    "t.yaml:6:32  '${inptu}' is not a parameter (did you mean ${input}?)",
    "t.yaml:7:17  '${path}' is not a parameter (expected a name declared under params, or ${env:NAME})",
  ]);
});

test('a parameter that nobody declared cannot be set', async () => {
  const text = topology('{ input: { default: x } }', '    to: { out: "${input}" }\n');
  expect(await issuesOf(text, { set: { inptu: '1' } })).toEqual([
    "t.yaml:2:1  there is no parameter 'inptu' to set (did you mean input?)",
  ]);
});

test('a parameter that is not used is a warning', async () => {
  const text = topology('{ input: { default: x } }', '    to: { out: y }\n');
  expect(await issuesOf(text)).toEqual(["t.yaml:2:11  warning: parameter 'input' is not used"]);
});

test('holes of a template that are no parameter are expressions over the record', async () => {
  const text = topology(
    '{ host: { default: "a\\\\${b}" } }',
    '    to: { hook: { url: "http://x", text: "${host}: ${core}" } }\n',
  );
  expect((await graphOf(text)).nodes.at(-1)?.options.text).toBe('a\\${b}: ${core}');
});

test('a backslash keeps a placeholder as it is written', async () => {
  expect(await options('{ t: { default: x } }', "{ mean: { target: '\\${t} ${t}' } }")).toEqual({ target: '${t} x' });
});

test('a value inside a quoted text of an expression cannot end that text', async () => {
  const step = `{ where: 'host == "\${host}" && x > \${min}' }`;
  const given = { set: { host: 'a" || true || "', min: '3' } };
  expect(await options('{ host: {}, min: {} }', step, given)).toEqual({
    if: 'host == "a\\" || true || \\"" && x > 3',
  });
});

test('backquotes of an expression have holes of their own', async () => {
  expect(await options('{ a: { default: 1 } }', '{ select: { t: "`${a} ${b}`" } }')).toEqual({
    fields: { t: '`1 ${b}`' },
  });
  const quoted = await options('{ a: {} }', '{ select: { t: "`${a}`" } }', { set: { a: '`${secret}' } });
  expect(quoted).toEqual({ fields: { t: '`\\`\\${secret}`' } });
});

test('a fault behind a filled placeholder is shown where it is written', async () => {
  const text = topology(
    '{ field: { default: averylongname } }',
    '    do: [ { where: "${field} > 1 +" } ]\n    to: { out: x }\n',
  );
  expect(await issuesOf(text)).toEqual(['t.yaml:6:35  where: the expression ends too early']);
});

test('a fault of a filled value is shown at its placeholder', async () => {
  const text = topology('{ n: {} }', '    do: [ { dedupe: { capacity: "${n}" } } ]\n    to: { out: x }\n');
  expect(await issuesOf(text, { set: { n: 'many' } })).toEqual([
    "t.yaml:6:33  'capacity' of dedupe cannot be 'many' (expected a whole number of values, 1 to 1000)",
  ]);
});

test('the environment is read, with defaults', async () => {
  const text = topology('{}', '    to: { hook: { url: "http://${env:HOST}/${env:PATH_:-x}" } }\n');
  const { graph } = await check(text, { env: { HOST: 'h', PATH_: '' } });
  expect(graph?.nodes.at(-1)).toMatchObject({ options: { url: 'http://h/x' }, secrets: ['url'] });
  expect(await issuesOf(text)).toEqual([
    't.yaml:6:32  the environment has no HOST (expected it to be set, or a default: ${env:HOST:-…})',
  ]);
});

test('a secret is in no message', async () => {
  const text = topology(
    '{ pw: { default: "${env:PW}" }, key: { secret: true } }',
    '    do: [ { dedupe: { capacity: "${pw}" } }, { where: "a ${key}" } ]\n    to: { hook: { url: "${pw}" } }\n',
  );
  const issues = await issuesOf(text, { env: { PW: 'hunter2' }, set: { key: 'geheim' } });
  expect(issues).toHaveLength(3);
  expect(issues.join('\n')).not.toMatch(/hunter2|geheim/);
  expect(issues[0]).toContain("cannot be '${pw}'");
});
