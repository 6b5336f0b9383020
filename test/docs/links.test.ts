import { existsSync, statSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { expect, test } from 'vitest';
import { PAGES, root, textOf } from './pages.ts';

/** A page without its blocks of code, where brackets mean something else. */
const prose = (page: string) => textOf(page).replace(/^\s*```[\s\S]*?^\s*```/gm, '');

/** Where headings can be linked to, as GitHub makes it of their text. */
function anchors(page: string): string[] {
  const headings = [...prose(page).matchAll(/^#{1,6} (.+)$/gm)].map(([, text = '']) => text);
  return headings.map((text) =>
    text
      .toLowerCase()
      .replace(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-'),
  );
}

test.each(PAGES)('every link of %s leads somewhere', (page) => {
  for (const [, target = ''] of prose(page).matchAll(/\]\(([^)\s]+)\)/g)) {
    if (/^https?:/.test(target)) continue;
    const [path = '', anchor] = target.split('#');
    const file = path === '' ? page : normalize(join(dirname(page), path));
    expect(existsSync(join(root, file)), `${target} in ${page}`).toBe(true);
    if (anchor !== undefined && statSync(join(root, file)).isFile()) expect(anchors(file), target).toContain(anchor);
  }
});

test.each(PAGES)('every file that %s names is there', (page) => {
  const paths = [...prose(page).matchAll(/`((?:src|actors|test|bench|scripts|topologies|docs|examples)\/[\w./-]*)`/g)];
  for (const [, path = ''] of paths) expect(existsSync(join(root, path)), `${path} in ${page}`).toBe(true);
});
