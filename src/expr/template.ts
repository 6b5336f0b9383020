import { convert } from './convert.ts';
import { type Expression, expressionOf } from './expression.ts';
import type { Node } from './node.ts';
import { expressionError, refuseHalves } from './problem.ts';
import { nextToken, readJavaScript } from './read.ts';
import { checkTypes } from './types.ts';

/**
 * An expression of a text with holes: `core ${core} at ${round(peak, 2)}`. Null shows as nothing, a list or an object as
 * JSON; `\${` is no hole. Throws `WEIR_EXPRESSION`, its column counted in the whole text.
 */
export function parseTemplate(text: string): Expression<string> {
  refuseHalves(text, text);
  const texts: string[] = [''];
  const parts: Node[] = [];
  const hole = /\\\$\{|\$\{/g;
  let from = 0;
  for (let match = hole.exec(text); match; match = hole.exec(text)) {
    texts[parts.length] += text.slice(from, match.index);
    from = hole.lastIndex;
    if (match[0] !== '${') {
      texts[parts.length] += '${';
      continue;
    }
    const { tree, end } = readJavaScript(text, from);
    const close = nextToken(text, end);
    if (text[close] !== '}') {
      throw expressionError(text, close + 1, 'the hole does not end here', { expected: 'close it with }' });
    }
    parts.push(convert(tree, text));
    texts.push('');
    hole.lastIndex = from = close + 1;
  }
  texts[parts.length] += text.slice(from);
  const node: Node = { kind: 'template', texts, parts, column: 1 };
  checkTypes(text, node);
  return expressionOf<string>(text, node);
}
