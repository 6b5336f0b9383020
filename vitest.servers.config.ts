import { defineConfig } from 'vitest/config';
import { base } from './vitest.config.ts';

/** Tests against real servers, one file after the other. */
export default defineConfig({
  ...base,
  test: { ...base.test, include: ['test/servers/**/*.test.ts'], pool: 'forks', maxWorkers: 1, hookTimeout: 600_000 },
});
