// Models that leave one learner and come to another, on real threads and over HTTP.
import { Matrix, SVD } from 'ml-matrix';
import { expect, test } from 'vitest';
import { loadTopology } from '../../src/cli/load.ts';
import { launch } from '../../src/host/launch.ts';
import { freshFolder } from '../support/folder.ts';
import { testInTurn } from '../support/thorough.ts';

const folder = freshFolder();

/** Rows of a plane with noise, of which no two are alike. */
const ROWS = Array.from({ length: 2000 }, (_, i) => {
  const [a, b] = [Math.sin(i * 1.7) * 10, Math.cos(i * i * 0.3)];
  return {
    id: i,
    a,
    b,
    kind: i % 3 === 0 ? 'x' : 'y',
    y: 3 * a - 2 * b + (i % 3 === 0 ? 5 : 0) + Math.sin(i * 91) * 0.1,
  };
});
const QUESTIONS = Array.from({ length: 20 }, (_, i) => ({
  id: i,
  a: i - 10,
  b: i / 20,
  kind: i % 2 === 0 ? 'x' : 'y',
}));

/** Least squares by the pseudo-inverse, the constant and both kinds as columns. */
function expected(): number[] {
  const columns = ({ a, b, kind }: { a: number; b: number; kind: string }) => [1, a, b, Number(kind === 'x')];
  const left = new SVD(new Matrix(ROWS.map(columns)), { autoTranspose: true });
  const weights = left.solve(Matrix.columnVector(ROWS.map(({ y }) => y)));
  return new Matrix(QUESTIONS.map(columns)).mmul(weights).to1DArray();
}

async function run(text: string, threads: number) {
  folder.write('t.yaml', text);
  const graph = await loadTopology(folder.at('t.yaml'), []);
  const { engine, close } = launch(graph, { threads, stateFolder: folder.at(`state-${graph.name}-${threads}`) });
  return await engine.run().finally(close);
}

const MODEL = 'target: y, features: [a, b, kind]';

test.each([1, 4])(
  'parts that %d threads have learned under keys of their own make one model by merge',
  async (threads) => {
    folder.writeRows('rows', ROWS);
    folder.writeRows('questions', QUESTIONS);
    await run(
      `name: merged
streams:
  rows: { source: { file: { path: ${folder.at('rows')}, codec: ndjson } }, do: [{ key: { part: id % 4 } }, { linear-regression: { ${MODEL} } }] }
  asked:
    source: { file: { path: ${folder.at('questions')}, codec: ndjson } }
    do: [{ linear-regression: { ${MODEL}, from: rows.model, wait: true, merge: true } }]
    to: { file: { path: ${folder.at('answers')} } }
`,
      threads,
    );
    const answers = folder.rows('answers');
    const wanted = expected();
    expect(answers.length).toBe(QUESTIONS.length);
    for (const { id, prediction } of answers) expect(Math.abs(prediction - (wanted[id] as number))).toBeLessThan(1e-9);
  },
);

testInTurn('an exported model is imported, answers as it did, and learns on', async () => {
  folder.writeRows('rows', ROWS.slice(0, 1500));
  folder.writeRows('rest', ROWS.slice(1500));
  folder.writeRows('all', ROWS);
  const learn = (name: string, path: string, more: string, sinks: string) => `name: ${name}
streams:
${more && `  saved: { source: { file: { path: ${folder.at('model')}, codec: ndjson } } }`}
  rows:
    source: { file: { path: ${folder.at(path)}, codec: ndjson } }
    do: [{ memory-mix: { ${MODEL}, cosines: 20${more} } }]
    to: { file: { path: "${folder.at(`${name}-answers`)}" } }
${sinks}`;
  const exported = (path: string) => `  models: { from: rows.model, to: { file: { path: ${folder.at(path)} } } }\n`;
  await run(learn('first', 'rows', '', exported('model')), 1);
  await run(learn('whole', 'all', '', ''), 1);
  await run(learn('second', 'rest', ', from: saved, wait: true, learn: true', ''), 1);
  const answers = [...folder.rows('first-answers'), ...folder.rows('second-answers')];
  // Bit for bit what one that has never left its place gives.
  expect(answers).toEqual(folder.rows('whole-answers'));
});

test('models are read and asked over HTTP, by key, while they learn', async () => {
  folder.writeRows('rows', ROWS);
  folder.write(
    't.yaml',
    `name: served
streams:
  rows:
    source: { file: { path: ${folder.at('rows')}, codec: ndjson } }
    do: [{ key: kind }, { linear-regression: { target: y, features: [a, b], name: planes, serve: 0 } }]
    to: 'null'
  forever: { source: { generate: { rate: 1, fields: { n: n } } }, to: 'null' }
`,
  );
  const graph = await loadTopology(folder.at('t.yaml'), []);
  let found: (url: string) => void = () => {};
  const listening = new Promise<string>((resolve) => {
    found = resolve;
  });
  const { engine, close } = launch(graph, {
    threads: 2,
    stateFolder: folder.at('state'),
    onEvent: (event) => {
      const url = event.type === 'log' ? /models at (\S+)/.exec(event.text)?.[1] : undefined;
      if (url !== undefined) found(url);
    },
  });
  const running = engine.run();
  try {
    const url = (await Promise.race([listening, running])) as string;
    // The model of the end of the file comes within moments.
    let shown = await fetch(`${url}?key=x`);
    while (shown.status === 404 || ((await shown.clone().json()) as { rows: number }).rows < 667)
      shown = await fetch(`${url}?key=x`);
    expect(await shown.json()).toMatchObject({ name: 'planes', keyed: { kind: 'x' }, rows: 667, features: ['a', 'b'] });
    const list = (await (await fetch(new URL('/models', url))).json()) as { models: object[] };
    expect(list.models).toContainEqual({ name: 'planes', keyed: { kind: 'x' }, rows: 667, features: 2 });
    const ask = (body: string, query = '?key=x') =>
      fetch(`${url}/predict${query}`, { method: 'POST', headers: { 'content-type': 'application/json' }, body });
    const one = (await (await ask('{"a": 2, "b": 1}')).json()) as { prediction: number };
    expect(one.prediction).toBeCloseTo(3 * 2 - 2 + 5, 1);
    const several = await (await ask('[{"a": 2, "b": 1}]')).json();
    expect(several).toEqual([one]);
    expect(await (await ask('{"a": "two"}')).json()).toMatchObject({ error: 'WEIR_FEATURE' });
    expect((await ask('{')).status).toBe(400);
    expect((await ask('{"a": 1}', '?key=z')).status).toBe(404);
    expect((await ask('{"a": 1}', '')).status).toBe(404);
    expect((await fetch(`${url}/forget`)).status).toBe(404);
    expect((await fetch(url, { method: 'DELETE' })).headers.get('allow')).toBe('GET, HEAD');
  } finally {
    await engine.stop();
    await running;
    await close();
  }
});
