import { expect, test } from 'vitest';
import { masker } from '../../src/base/mask.ts';

test('every secret is replaced, a longer one before one that stands within it, and no short one', () => {
  const mask = masker([
    ['hunter', '${env:A}'],
    ['ab', '${env:B}'],
    ['i > "ab"', 'i > "${env:B}"'],
    ['hunter2', '$&'],
  ]);
  expect(mask('hunter2 hunter, hunter; `i > "ab"` drab')).toBe('$& ${env:A}, ${env:A}; `i > "${env:B}"` drab');
});
