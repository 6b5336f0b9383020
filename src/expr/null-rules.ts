/** What becomes of null in a part of the language, with examples; in them `x` is missing and `n` is 2. */
interface NullRule {
  readonly of: string;
  readonly rule: string;
  /** An expression and its value; run as a test. */
  readonly examples: readonly (readonly [text: string, value: unknown])[];
}

/** The rules of null, part by part. */
export const nullRules: readonly NullRule[] = [
  {
    of: 'a field, `.`, `[ ]`, `.length`',
    rule: 'what is missing is null, however far the way to it; so is any part of null',
    examples: [
      ['x.y[0].z', null],
      ['x.length', null],
    ],
  },
  {
    of: '`+ - * / % **`, a sign',
    rule: 'null if an operand is null',
    examples: [
      ['n + x', null],
      ['-x', null],
      ['"a" + x', null],
    ],
  },
  {
    of: '`< <= > >=`',
    rule: 'false if an operand is null, so `!(x < 1)` is true',
    examples: [
      ['x < 1', false],
      ['x >= x', false],
      ['!(x < 1)', true],
    ],
  },
  {
    of: '`== !=`',
    rule: 'true or false, never null: null equals null and nothing else',
    examples: [
      ['x == null', true],
      ['x == 0', false],
      ['n != x', true],
    ],
  },
  {
    of: '`in`',
    rule: 'null is in a list that has a null; in no list there is nothing',
    examples: [
      ['x in [1, null]', true],
      ['x in [1, 2]', false],
      ['1 in x', false],
    ],
  },
  {
    of: '`&& || !`, `a ? b : c`',
    rule: 'null counts as false; `&&` and `||` give one of their operands, which may be null',
    examples: [
      ['!x', true],
      ['x && n > 1', null],
      ['x || n > 1', true],
      ['x ? 1 : 2', 2],
    ],
  },
  {
    of: '`??`, `coalesce`',
    rule: 'the first that is not null; false, 0 and "" are not null',
    examples: [
      ['x ?? 5', 5],
      ['0 ?? 5', 0],
      ['coalesce(x, x, "a")', 'a'],
    ],
  },
  {
    of: 'a template',
    rule: 'null shows as nothing; the text itself is never null',
    examples: [['`<${x}>`', '<>']],
  },
  {
    of: 'a list, an object',
    rule: 'holds null like any value',
    examples: [
      ['[x, n]', [null, 2]],
      ['{ a: x }', { a: null }],
    ],
  },
  {
    of: 'functions of text, numbers, time, lists',
    rule: 'null if an argument is null, whatever the others are',
    examples: [
      ['lower(x)', null],
      ['contains("abc", x)', null],
      ['concat("a", x)', null],
      ['round(n, x)', null],
      ['max(n, x)', null],
      ['year(x)', null],
      ['size(x)', null],
      ['hash(x)', null],
    ],
  },
  {
    of: 'functions of `any`',
    rule: 'see null as a value; what cannot be converted is null',
    examples: [
      ['isNull(x)', true],
      ['isText(x)', false],
      ['text(x)', null],
      ['number("abc")', null],
      ['toJson(x)', null],
      ['toJson([x])', '[null]'],
    ],
  },
];

/** The rules as a table in Markdown. */
export function nullTable(): string {
  const rows = nullRules.map(({ of, rule, examples }) => {
    const shown = examples.map(([text, value]) => `${code(text)} is \`${JSON.stringify(value)}\``).join(', ');
    return `| ${[of, rule, shown].map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  });
  return ['| of | null | with `x` missing and `n` = 2 |', '| --- | --- | --- |', ...rows].join('\n');
}

function code(text: string): string {
  return text.includes('`') ? `\`\` ${text} \`\`` : `\`${text}\``;
}
