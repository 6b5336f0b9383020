import { type At, CodeScope, type Expression, type Row, toJavaScript } from '#stage';
import { percentEncoded } from '../text/percent-encoded.ts';

type Part = (row: Row, at: At) => unknown;

/** Makes the URL of a record: what stands in the holes is percent-encoded. Undefined when a hole is null. */
export function urlTemplate(template: Expression<string>): (row: Row, at: At) => string | undefined {
  const { node, text } = template;
  if (node?.kind !== 'template') return (row, at) => template.evaluate(row, at) ?? undefined;
  const parts = node.parts.map((part): Part => {
    const scope = new CodeScope();
    return scope.build(['row', 'at'], `return ${toJavaScript({ text, node: part }, scope)};`);
  });
  return (row, at) => {
    let url = node.texts[0] as string;
    for (let i = 0; i < parts.length; i++) {
      const value = (parts[i] as Part)(row, at) ?? undefined;
      if (value === undefined) return undefined;
      url += percentEncoded(value) + node.texts[i + 1];
    }
    return url;
  };
}
