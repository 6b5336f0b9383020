/** Elements of structured data: by their ids, their parameters; of a parameter that is given several times a list. */
export type StructuredData = Record<string, Record<string, string | string[]>>;

/** RFC 5424, section 6.3.2: an SD-NAME. */
const NAME = /[!#-<>-\\^-~]{1,32}/y;
const VALUE = /(?:[^"\\\]]|\\[\s\S])*/y;

/**
 * Reads structured data (RFC 5424, section 6.3) that begins at `at`, and says where it ends; a text is the reason why it is none.
 * A backslash before another character than `"`, `\` and `]` stands for itself, as the RFC says.
 */
export function structuredData(text: string, at: number): { data: StructuredData; end: number } | string {
  const data: StructuredData = {};
  let p = at;
  while (text[p] === '[') {
    const id = match(NAME, text, p + 1);
    if (id === undefined || id === '__proto__') return 'an element of its structured data has no name';
    if (Object.hasOwn(data, id)) return `its structured data has two elements ${id}`;
    p += 1 + id.length;
    const parameters: Record<string, string | string[]> = {};
    data[id] = parameters;
    while (text[p] === ' ') {
      const name = match(NAME, text, p + 1);
      if (name === undefined || name === '__proto__') return `a parameter of ${id} in its structured data has no name`;
      p += 1 + name.length;
      if (text[p] !== '=' || text[p + 1] !== '"') return `${id} ${name} in its structured data has no value`;
      const value = match(VALUE, text, p + 2) ?? '';
      p += 2 + value.length;
      if (text[p] !== '"') return `the value of ${id} ${name} in its structured data does not end`;
      p++;
      add(parameters, name, value.replace(/\\(["\\\]])/g, '$1'));
    }
    if (text[p] !== ']') return `the element ${id} of its structured data does not end`;
    p++;
  }
  return p === at ? 'it has no structured data' : { data, end: p };
}

function add(parameters: Record<string, string | string[]>, name: string, value: string): void {
  const before = Object.hasOwn(parameters, name) ? parameters[name] : undefined;
  if (before === undefined) parameters[name] = value;
  else if (typeof before === 'string') parameters[name] = [before, value];
  else before.push(value);
}

function match(pattern: RegExp, text: string, at: number): string | undefined {
  pattern.lastIndex = at;
  const found = pattern.exec(text)?.[0];
  return found === '' ? undefined : found;
}
