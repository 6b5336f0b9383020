import { fileURLToPath } from 'node:url';
import { defineConfig, type ViteUserConfig } from 'vitest/config';

const at = (path: string) => fileURLToPath(new URL(path, import.meta.url));

export const base = {
  resolve: {
    alias: [
      { find: /^#stage$/, replacement: at('./src/stage/index.ts') },
      { find: /^weir$/, replacement: at('./src/index.ts') },
      { find: /^weir\/stage$/, replacement: at('./src/stage/index.ts') },
      { find: /^weir\/testkit$/, replacement: at('./src/testkit/index.ts') },
    ],
  },
  test: {
    globalSetup: ['test/build.setup.ts'],
    maxWorkers: 2,
    testTimeout: 300_000,
    hookTimeout: 120_000,
  },
} satisfies ViteUserConfig;

/** Tests that leave nothing behind in their thread and measure no memory: they share what they load. */
const TOGETHER = ['base', 'expr', 'flow', 'topology', 'actors'].map((folder) => `test/${folder}/**/*.test.ts`);
const MEASURING = [
  'test/actors/sources/file-zstd.test.ts',
  'test/actors/lib/kafka/{compression,lz4}.test.ts',
  'test/actors/operators/window-cost.test.ts',
];

export default defineConfig({
  ...base,
  test: {
    ...base.test,
    projects: [
      {
        extends: true,
        test: { name: 'together', include: TOGETHER, exclude: MEASURING, pool: 'threads', isolate: false },
      },
      {
        extends: true,
        test: {
          name: 'apart',
          include: ['test/**/*.test.ts'],
          exclude: ['test/servers/**', ...TOGETHER],
          pool: 'forks',
        },
      },
      { extends: true, test: { name: 'measuring', include: MEASURING, pool: 'forks' } },
    ],
  },
});
