/** What JavaScript has and an expression has not: what it is, and what to write instead. */
export const refusedForms: Readonly<Record<string, readonly [what: string, expected: string]>> = {
  AssignmentExpression: ['an expression changes nothing', 'write == to compare'],
  UpdateExpression: ['an expression changes nothing', 'write x + 1 or x - 1'],
  ArrowFunctionExpression: ['functions cannot be written in an expression', 'put such code into a `map` step'],
  FunctionExpression: ['functions cannot be written in an expression', 'put such code into a `map` step'],
  ClassExpression: ['classes cannot be written in an expression', 'write field("class") for a field of that name'],
  NewExpression: ['new is not available', 'write { name: value } for an object, field("new") for a field'],
  ThisExpression: ['this is not available', 'write the name of the field alone, or field("this")'],
  ImportExpression: ['import is not available', 'put such code into a `map` step'],
  MetaProperty: ['import.meta and new.target are not available', 'put such code into a `map` step'],
  AwaitExpression: ['an expression cannot wait', 'use a lookup step'],
  YieldExpression: ['yield is not available', 'write field("yield") for a field of that name'],
  SequenceExpression: ['this is more than one expression', 'write one, or a list in [ ]'],
  SpreadElement: ['... is not available', 'write the items one by one'],
  TaggedTemplateExpression: ['a template has no function before it', 'write f(`…`)'],
  PrivateIdentifier: ['# is not part of a name', 'write field("#name") for such a field'],
  Super: ['super is not available', 'write field("super") for a field of that name'],
};

/** Operators of JavaScript that an expression has not. */
export const refusedOperators: Readonly<Record<string, string>> = {
  typeof: 'write isNumber(x), isText(x) or isNull(x)',
  void: 'write null',
  delete: 'leave the field out of `select`',
  '~': 'write ! for not, -x - 1 for the bits',
  '&': 'write && for and',
  '|': 'write || for or',
  '^': 'write ** for a power',
  '<<': 'write x * 2 ** n',
  '>>': 'write floor(x / 2 ** n)',
  '>>>': 'write floor(x / 2 ** n)',
  instanceof: 'write isNumber(x), isText(x) or isNull(x)',
};

/** Names that are values in JavaScript and would silently be read as missing fields here. */
export const refusedNames: Readonly<Record<string, string>> = {
  undefined: 'write null; a missing field equals it',
  NaN: 'write isNumber(x) to tell NaN from a number',
  Infinity: 'compare with a large number such as 1e308',
};

/** Methods of JavaScript's texts, lists and regular expressions that may be written: the function each stands for. */
export const methods: Readonly<Record<string, string>> = {
  toLowerCase: 'lower',
  toUpperCase: 'upper',
  trim: 'trim',
  slice: 'slice',
  substring: 'substring',
  split: 'split',
  replaceAll: 'replace',
  startsWith: 'startsWith',
  endsWith: 'endsWith',
  includes: 'contains',
  indexOf: 'indexOf',
  padStart: 'padStart',
  concat: 'concat',
  toString: 'text',
};

/** Functions and methods known from JavaScript or SQL under another name or in another shape. */
export const otherwise: Readonly<Record<string, string>> = {
  now: 'use eventTime(): a result must not depend on when it is computed',
  'Date.now': 'use eventTime(): a result must not depend on when it is computed',
  'Date.parse': 'write parseTime(text)',
  'Math.random': 'use hash(x) % n: a result must not differ from run to run',
  random: 'use hash(x) % n: a result must not differ from run to run',
  'JSON.parse': 'write fromJson(text)',
  'JSON.stringify': 'write toJson(x)',
  'Number.isFinite': 'write isNumber(x)',
  ...Object.fromEntries(
    [
      ...['count', 'sum', 'mean', 'first', 'last', 'variance', 'stddev', 'quantile', 'median', 'distinct', 'collect'],
      ...['distinctApprox', 'topK', 'heavyHitters'],
    ].map((name) => [name, 'this aggregate of many records has its place in the `aggregate` of a window']),
  ),
  avg: 'write mean(x)',
  average: 'write mean(x)',
  percentile: 'write quantile(x, 0.95)',
  stdev: 'write stddev(x)',
  String: 'write text(x)',
  Number: 'write number(x)',
  Boolean: 'write bool(x)',
  parseInt: 'write number(x)',
  parseFloat: 'write number(x)',
  isNaN: 'write !isNumber(x)',
  isFinite: 'write isNumber(x)',
  Date: 'write parseTime(text)',
  Symbol: 'write a text',
  ifNull: 'write x ?? other',
  '.replace': 'write replace(text, part, by) or .replaceAll(part, by); both replace every occurrence',
  '.match': 'write matches(text, /…/) or extract(text, /…/, group)',
  '.exec': 'write extract(text, /…/, group)',
  '.search': 'write matches(text, /…/)',
  '.at': 'write x[0], or slice(x, -1)[0] for the last',
  '.charAt': 'write text[0]',
  '.substr': 'write substring(text, from, to)',
  '.toFixed': 'write round(x, digits)',
  '.join': 'write concat(a, b, …)',
  '.map': 'put such code into a `map` step',
  '.filter': 'put such code into a `map` step',
  '.some': 'write value in list',
  '.find': 'write value in list',
  '.has': 'write value in list',
  '.get': 'write get(object, name)',
  '.size': 'write size(x)',
};
