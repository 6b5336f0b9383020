import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

export const root = fileURLToPath(new URL('../../', import.meta.url));

/** Every page that is ours to hold: README and what lies in docs/, decisions too. */
export const PAGES = [
  'README.md',
  'CHANGELOG.md',
  'CONTRIBUTING.md',
  ...readdirSync(`${root}docs`, { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.md'))
    .map((path) => `docs/${path}`)
    .sort(),
];

/** The pages whose examples are run. Those of stages.md come from the definitions, which have tests of their own. */
export const RUN = [
  'README.md',
  'docs/architecture.md',
  'docs/connectors.md',
  'docs/expressions.md',
  'docs/learning.md',
  'docs/operations.md',
  'docs/semantics.md',
  'docs/topologies.md',
  'docs/tuning.md',
  'docs/writing-a-stage.md',
];

export const textOf = (page: string): string => readFileSync(`${root}${page}`, 'utf8');
