import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

const at = (path: string) => fileURLToPath(new URL(path, import.meta.url));

export default defineConfig({
  resolve: {
    alias: [
      { find: /^#stage$/, replacement: at('./src/stage/index.ts') },
      { find: /^weir$/, replacement: at('./src/index.ts') },
      { find: /^weir\/stage$/, replacement: at('./src/stage/index.ts') },
      { find: /^weir\/testkit$/, replacement: at('./src/testkit/index.ts') },
    ],
  },
  test: {
    include: ['test/**/*.test.ts'],
    globalSetup: ['test/build.setup.ts'],
    exclude: ['test/servers/**'],
    pool: 'forks',
    maxWorkers: 2,
    testTimeout: 300_000,
    hookTimeout: 120_000,
  },
});
