import { existsSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { WeirError } from '../base/errors.ts';

const STAGES: Record<string, (name: string) => string> = {
  operator: (name) => `import { field, operator } from 'weir/stage';

/** Says what it does. O(1) per record. */
export default operator({
  summary: 'Adds a greeting to each record.',
  since: '0.1.0',
  stateVersion: 1,
  partition: 'any',
  passes: true,
  options: { greeting: field.text('What to say.', { default: 'hello' }) },
  types: { greeting: 'text' },
  main: 'greeting',
  cost: 'O(1) per record',
  examples: [
    { title: '${name} greets', options: { greeting: 'hi' }, given: [{ id: 1 }], expect: [{ id: 1, greeting: 'hi' }] },
  ],
  create: ({ greeting }) => ({
    onRecord(row, out) {
      out.emit({ ...row, greeting });
    },
  }),
});
`,
  source: (name) => `import { field, source } from 'weir/stage';

/** Counts. Its position is the next number, so nothing is lost at a crash. */
export default source({
  summary: 'Gives the numbers from 0 on.',
  since: '0.1.0',
  replayable: true,
  bounded: true,
  options: { count: field.count('How many.', { default: 1000, unit: 'records' }) },
  main: 'count',
  examples: [{ title: '${name} counts', options: { count: 2 }, expect: [{ n: 0 }, { n: 1 }] }],
  create({ count }) {
    let next = 0;
    return {
      open([split]) {
        next = split?.position ?? 0;
      },
      poll(out) {
        for (let i = 0; i < 1000 && next < count; i++, next++) out.emit('0', { n: next }, next, next);
        return next < count ? 'more' : 'end';
      },
      positions: () => ({ 0: next }),
    };
  },
});
`,
  sink: () => `import { field, sink } from 'weir/stage';

/** Shows records, each with a mark before it. */
export default sink({
  summary: 'Shows records on the terminal.',
  since: '0.1.0',
  delivery: 'at-least-once',
  proof: 'none yet',
  options: { mark: field.text('What stands before each record.', { default: '>' }) },
  main: 'mark',
  examples: [],
  create: ({ mark }, { terminal }) => ({
    write(row) {
      terminal.write(\`\${mark} \${JSON.stringify(row)}\\n\`);
    },
    busy: () => terminal.busy(),
  }),
});
`,
  codec: () => `import { codec, messageOf } from 'weir/stage';

/** Lines such as \`level=warn code=7\`. */
export default codec({
  summary: 'Lines of name=value pairs, percent-encoded, all of them text.',
  since: '0.1.0',
  options: {},
  splittable: true,
  delimiter: 10,
  cost: 'one text per line',
  examples: [
    { title: 'read', text: 'level=warn code=7\\n', expect: [{ level: 'warn', code: '7' }] },
    { title: 'written', given: [{ level: 'warn', code: 7 }], expectText: 'level=warn code=7\\n' },
  ],
  decoder: (_, { out }) => ({
    // Whole lines only: what is left over comes again with more behind it.
    decode(bytes, start, end, order, last) {
      let from = start;
      while (from < end) {
        const newline = bytes.subarray(from, end).indexOf(10);
        if (newline < 0 && !last) break;
        const to = newline < 0 ? end : from + newline;
        const text = bytes.toString('utf8', from, to).trim();
        const place = order + from - start;
        try {
          if (text !== '') out.accept(rowOf(text), place);
        } catch (error) {
          out.malformed(bytes.subarray(from, to), messageOf(error), place);
        }
        from = Math.min(to + 1, end);
      }
      return from;
    },
  }),
  encoder: () => ({
    encode(row, into) {
      const written = (value) => encodeURIComponent(String(value).toWellFormed());
      const pairs = Object.entries(row).map(([name, value]) => \`\${written(name)}=\${written(value)}\`);
      into.text(\`\${pairs.join(' ')}\\n\`);
    },
  }),
});

function rowOf(text) {
  const pairs = text.split(/\\s+/).map((pair) => pair.split('=').map(decodeURIComponent));
  if (pairs.some((pair) => pair.length !== 2)) throw new Error('a pair is name=value');
  return Object.fromEntries(pairs);
}
`,
};

const USES: Record<string, (path: string) => string> = {
  operator: (path) => `do: [ ${path} ]`,
  source: (path) => `source: ${path}`,
  sink: (path) => `to: ${path}`,
  codec: (path) => `source: { file: { path: in.txt, codec: ${path} } }`,
};

const test = (kind: string, name: string) => `import { testStage } from 'weir/testkit';
import stage from './${name}.mjs';

// The contract battery: examples, snapshots at every record, hostile fields, bounds.
testStage('${kind}', '${name}', stage);
`;

/** `weir new KIND NAME`: writes a stage of one's own and its test, for vitest. */
export async function newCommand(kind: string, name: string): Promise<number> {
  const template = STAGES[kind];
  if (template === undefined) throw new WeirError('WEIR_USAGE', `a stage is one of ${Object.keys(STAGES).join(', ')}`);
  if (!/^[a-z][a-z0-9-]*$/.test(name)) throw new WeirError('WEIR_USAGE', `'${name}': write names in kebab-case`);
  const files = [
    [`stages/${name}.mjs`, template(name)],
    [`stages/${name}.test.mjs`, test(kind, name)],
  ] as const;
  for (const [path] of files) if (existsSync(path)) throw new WeirError('WEIR_USAGE', `${path} is there already`);
  await mkdir('stages', { recursive: true });
  for (const [path, text] of files) await writeFile(path, text);
  const use = USES[kind]?.(`./stages/${name}.mjs`);
  process.stdout.write(`wrote stages/${name}.mjs and its test. In a topology in this folder: ${use}\n`);
  const home = above(dirname(fileURLToPath(import.meta.url)), 'package.json');
  const here = process.cwd();
  // A package finds itself by its name.
  if (above(here, 'package.json') !== home && above(here, join('node_modules', 'weir', 'package.json')) === undefined) {
    process.stdout.write(
      `They import the package weir, which is not found from here: npm install --install-links ${home}\n`,
    );
  }
  return 0;
}

/** The nearest folder from this one up that has such a file. */
function above(folder: string, file: string): string | undefined {
  if (existsSync(join(folder, file))) return folder;
  return dirname(folder) === folder ? undefined : above(dirname(folder), file);
}
