import { defineConfig } from 'vitest/config';
import base from './vitest.config.ts';

/** The same without the build that comes before: for when `dist/` is fresh. */
export default defineConfig({ ...base, test: { ...base.test, globalSetup: [] } });
