const HOLES = /[*?[{]/;

/** Whether a path stands for several. */
export function isGlob(path: string): boolean {
  return HOLES.test(path);
}

/** The folder that all matches lie below. */
export function rootOf(glob: string): string {
  const plain = glob.slice(0, glob.search(HOLES));
  return plain.slice(0, plain.lastIndexOf('/') + 1) || '/';
}

/** What matches a glob: `*` and `?` within a name, `**` over folders, `[a-z]`, `{a,b}`. */
export function globPattern(glob: string): RegExp {
  let depth = 0;
  const text = glob.replaceAll(/\*\*\/?|\[!?[^\]]*\]|[\s\S]/g, (part) => {
    if (part === '**/') return '(?:[^/]+/)*';
    if (part === '**') return '.*';
    if (part === '*') return '[^/]*';
    if (part === '?') return '[^/]';
    if (part.length > 1) return part.replace(/^\[!/, '[^').replaceAll('\\', '\\\\');
    if (part === '{' || (part === '}' && depth > 0)) {
      depth += part === '{' ? 1 : -1;
      return part === '{' ? '(?:' : ')';
    }
    if (part === ',' && depth > 0) return '|';
    return part.replace(/[\\^$.|+()[\]{}]/, '\\$&');
  });
  return new RegExp(`^${text}${')'.repeat(depth)}$`);
}
