import { expect, test } from 'vitest';
import { expressionDocs } from '../../src/expr/docs.ts';

test('the committed page is what the tables say', async () => {
  await expect(expressionDocs()).toMatchFileSnapshot('../../docs/expressions.md');
});
