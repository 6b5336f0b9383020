import { Parser, type TokenType, tokTypes } from 'acorn';

/** `./spread.mjs#spread`; without a `#` the default export is meant. A comment behind a dot is none. */
const MODULE = /\.\.?\/(?![/*])[^\s"'`(),;{}[\]#]+(?:#[\w$]+)?/y;

/** What plugins of acorn are written against; its types leave it out. */
interface Reading {
  pos: number;
  readonly input: string;
  readToken(code: number): void;
  finishToken(type: TokenType, value: string): void;
}

/** JavaScript's parser, for which the name of a module is a name: no expression begins with a dot and a slash. */
export const ExpressionParser = Parser.extend((Base) => {
  class WithModules extends Base {}
  const base = Base.prototype as unknown as Reading;
  const reading = WithModules.prototype as unknown as Reading;
  reading.readToken = function (code) {
    MODULE.lastIndex = this.pos;
    const name = code === 46 ? MODULE.exec(this.input)?.[0] : undefined;
    if (name === undefined) return base.readToken.call(this, code);
    this.pos += name.length;
    return this.finishToken(tokTypes.name, name);
  };
  return WithModules;
});

/** True for a name that {@link ExpressionParser} made of a module. */
export function isModuleName(name: string): boolean {
  return name.startsWith('.');
}

/** The modules that an expression names, in order, with their columns. What is no expression may have fewer. */
export function modulesIn(text: string): { name: string; column: number }[] {
  const found: { name: string; column: number }[] = [];
  if (!text.includes('./')) return found;
  try {
    const tokens = ExpressionParser.tokenizer(text, { ecmaVersion: 2022 });
    for (let token = tokens.getToken(); token.type !== tokTypes.eof; token = tokens.getToken()) {
      const name = text.slice(token.start, token.end);
      if (token.type === tokTypes.name && isModuleName(name)) found.push({ name, column: token.start + 1 });
    }
  } catch {
    // Parsing the expression will tell what is wrong with it.
  }
  return found;
}
