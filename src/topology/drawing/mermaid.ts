import type { Drawing } from './drawing.ts';

/** A drawing as text for Mermaid: a flowchart with a subgraph for each chain. */
export function mermaidOf({ name, chains, arrows }: Drawing): string {
  const lines = ['---', `title: ${JSON.stringify(name)}`, '---', 'flowchart LR'];
  chains.forEach(({ title, stages }, i) => {
    lines.push(`  subgraph c${i}[${quoted([title])}]`);
    for (const { node, lines: text } of stages) lines.push(`    n${node}[${quoted(text)}]`);
    lines.push('  end');
  });
  for (const { from, to, label, side } of arrows) {
    const arrow = side ? '-.->' : '-->';
    lines.push(`  n${from} ${arrow}${label === '' ? '' : `|${quoted([label])}|`} n${to}`);
  }
  return `${lines.join('\n')}\n`;
}

/** Text in quotes, with what Mermaid reads as markup as its entities. */
function quoted(lines: readonly string[]): string {
  const escaped = lines.map((line) => line.replace(/[#&<>"`]/g, (sign) => `#${sign.codePointAt(0)};`));
  return `"${escaped.join('<br/>')}"`;
}
