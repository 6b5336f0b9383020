import { WeirError } from '#stage';

const HOLES = /[*?[{]/;
/** What stands for more or less than itself, and each other character. */
const PARTS = /\*\*\/?|\[!?[^\]]*\]|[\s\S]/g;

/** Whether a path stands for several. */
export function isGlob(path: string): boolean {
  return HOLES.test(path);
}

/** The folder that all matches lie below. */
export function rootOf(glob: string): string {
  const plain = glob.slice(0, glob.search(HOLES));
  return plain.slice(0, plain.lastIndexOf('/') + 1) || '/';
}

/** What matches a glob: `*` and `?` within a name, `**` over folders, `[a-z]`, `{a,b}`. Throws `WEIR_OPTION`. */
export function globPattern(glob: string): RegExp {
  return compiled(sourceOf(glob), glob);
}

/** The folders that may hold what matches a glob, at whatever depth. Throws `WEIR_OPTION`. */
export function folderPattern(glob: string): RegExp {
  const names: string[] = [];
  let name = '';
  let depth = 0;
  let isDeep = false;
  for (const [part] of glob.matchAll(PARTS)) {
    // From here on a match may lie at any depth.
    isDeep = part.startsWith('**') || (part === '/' && depth > 0);
    if (isDeep) break;
    if (part === '/') {
      names.push(name);
      name = '';
    } else name += part;
    if (part === '{') depth++;
    else if (part === '}' && depth > 0) depth--;
  }
  const below = isDeep ? '(?:/.*)?' : '';
  // The first name is what stands before the root.
  const text = names.slice(1).reduceRight((inner, each) => `(?:/${sourceOf(each)}${inner})?`, below);
  return compiled(text, glob);
}

function compiled(text: string, glob: string): RegExp {
  try {
    return new RegExp(`^${text}$`);
  } catch (cause) {
    throw new WeirError('WEIR_OPTION', `path: '${glob}' is no glob: see what stands in [ ]`, { cause });
  }
}

function sourceOf(glob: string): string {
  let depth = 0;
  const text = glob.replaceAll(PARTS, (part) => {
    if (part === '**/') return '(?:[^/]+/)*';
    if (part === '**') return '.*';
    if (part === '*') return '[^/]*';
    if (part === '?') return '[^/]';
    // A name ends at the slash, whatever else may stand there.
    if (part.length > 1) return `(?!/)${part.replace(/^\[!/, '[^').replaceAll('\\', '\\\\')}`;
    if (part === '{' || (part === '}' && depth > 0)) {
      depth += part === '{' ? 1 : -1;
      return part === '{' ? '(?:' : ')';
    }
    if (part === ',' && depth > 0) return '|';
    return part.replace(/[\\^$.|+()[\]{}]/, '\\$&');
  });
  return text + ')'.repeat(depth);
}
