/** A fenced block of a page, and what the comment before it says of it. */
export interface Block {
  page: string;
  /** Line of its fence, from 1. */
  line: number;
  language: string;
  text: string;
  /** `<!-- file: shop.yaml; faulty -->`: by name, '' for one without a value. */
  marks: ReadonlyMap<string, string>;
}

const FENCE = /^(\s*)(`{3,})(\w*)\s*$/;
// Those around generated parts say nothing of a block.
const COMMENT = /^<!-- (?!generated:|end\b|numbers:)(.*?) -->$/;

/** The fenced blocks of a Markdown page, in order. A block's marks are in comments right before it. */
export function blocksOf(page: string, markdown: string): Block[] {
  const blocks: Block[] = [];
  const lines = markdown.split('\n');
  let marks = new Map<string, string>();
  for (let i = 0; i < lines.length; i++) {
    const line = lines[i] as string;
    const fence = FENCE.exec(line);
    const comment = COMMENT.exec(line);
    if (fence) {
      const [, indent = '', ticks = '', language = ''] = fence;
      const from = i + 1;
      for (i++; i < lines.length && lines[i]?.trim() !== ticks; ) i++;
      const text = lines.slice(from, i).map((each) => (each.startsWith(indent) ? each.slice(indent.length) : each));
      blocks.push({ page, line: from, language, text: `${text.join('\n')}\n`, marks });
      marks = new Map();
    } else if (comment) {
      for (const mark of (comment[1] as string).split(';')) {
        const [name = '', ...value] = mark.split(':');
        marks.set(name.trim(), value.join(':').trim());
      }
    } else if (line.trim() !== '') marks = new Map();
  }
  return blocks;
}

/** A command of a console block and what it must print. */
export interface Command {
  command: string;
  expected: string;
}

/** The commands of a console block: lines after `$`, each with the lines below it as what it prints. */
export function commandsOf(text: string): Command[] {
  const commands: Command[] = [];
  for (const line of text.trimEnd().split('\n')) {
    const last = commands.at(-1);
    if (line.startsWith('$ ')) commands.push({ command: line.slice(2), expected: '' });
    else if (last?.command.endsWith('\\') && last.expected === '') last.command += `\n${line}`;
    else if (last) last.expected += `${line}\n`;
    else throw new Error(`a console block begins with $, not with '${line}'`);
  }
  return commands;
}

/** Whether a text is what a page shows: `…` stands for anything. */
export function matches(text: string, shown: string): boolean {
  const parts = shown.trimEnd().split('…');
  const pattern = parts.map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')).join('[\\s\\S]*?');
  return new RegExp(`^${pattern}$`).test(text.trimEnd());
}
