import { type Document, isScalar, type Node, visit, type YAMLError } from 'yaml';
import { mendCommas } from './yaml-commas.ts';

/** A fault of a YAML text in our words. */
export interface YamlFault {
  /** Character of the text. */
  at: number;
  message: string;
  /** What follows cannot be read for what it was meant to be. */
  broken: boolean;
}

const WORDS: Record<string, string> = {
  BAD_INDENT: 'the indentation does not fit',
  TAB_AS_INDENT: 'a tab cannot indent in YAML: use spaces',
  MULTIPLE_DOCS: 'a file holds one topology',
};

/**
 * The faults of a parsed text. One a line: what follows on a broken line is told by its first fault. Expressions are full
 * of characters that mean something in YAML (`!x`, `a ? b : c`, `${x}` inside braces); the advice is to quote them.
 */
export function yamlFaults(document: Document<Node, boolean>, text: string): YamlFault[] {
  const faults: YamlFault[] = [];
  const cut = mendCommas(document, text);
  const lines = new Set<number>();
  for (const error of document.errors) {
    const open = openBracket(error, document);
    const at = open ?? error.pos[0];
    // Behind a fault that ended the document early, all that follows is unexpected.
    if (faults.length > 0 && error.message.includes('token in YAML stream')) continue;
    const line = text.lastIndexOf('\n', at - 1);
    if (!lines.has(line)) {
      const message = open === undefined ? wording(error, text) : unclosed(text[open] as string);
      // A list or map that ends with its line lacks its bracket only: the rest is what it was meant to be.
      const whole = error.code === 'DUPLICATE_KEY' || (open !== undefined && beginsLine(text, error.pos[0]));
      faults.push({ at, message, broken: !whole });
    }
    lines.add(line);
  }
  for (const { code, pos } of document.warnings) {
    if (code !== 'TAG_RESOLVE_FAILED') continue;
    // Without the quotes YAML would take `!busy` for a tag, and drop it.
    faults.push({
      at: pos[0],
      message: `a text that begins with ! must be quoted${lineFrom(text, pos[0])}`,
      broken: false,
    });
  }
  faults.push(...cut);
  visit(document, {
    Alias(_, alias) {
      if (alias.resolve(document)) return;
      const at = alias.range?.[0] ?? 0;
      faults.push({
        at,
        message: `there is no anchor &${alias.source}; a text that begins with * must be quoted`,
        broken: true,
      });
    },
    Scalar(_, { value, range }) {
      if (typeof value !== 'string' || value.isWellFormed()) return;
      const message = 'a text with half a character (a lone surrogate), which no text can hold: write the whole one';
      faults.push({ at: range?.[0] ?? 0, message, broken: false });
    },
    Pair(_, { key }) {
      const at = (key as Node | null)?.range?.[0] ?? 0;
      if (key !== null && !isScalar(key)) {
        faults.push({ at, message: 'a key is text; quote a text with ${…} in it', broken: true });
      } else if (isScalar(key) && key.value === '__proto__') {
        // In an object of JavaScript it would not be a field but the object's prototype.
        faults.push({ at, message: '__proto__ cannot be a key', broken: false });
      }
    },
  });
  return faults;
}

/** Where the list or map in brackets begins that a fault ended early. */
function openBracket({ code, message, pos }: YAMLError, document: Document<Node, boolean>): number | undefined {
  if (code !== 'BAD_INDENT' || !message.startsWith('Flow ')) return undefined;
  let found: number | undefined;
  visit(document, {
    Collection(_, { flow, range }) {
      if (flow && range?.[1] === pos[0]) found = range[0];
    },
  });
  return found;
}

const unclosed = (bracket: string) =>
  `this ${bracket} is not closed: there is no ${bracket === '[' ? ']' : '}'} for it`;

const beginsLine = (text: string, at: number) => text.slice(text.lastIndexOf('\n', at - 1) + 1, at).trim() === '';

function wording({ code, message, pos: [at] }: YAMLError, text: string): string {
  if (code === 'RESOURCE_EXHAUSTION') return 'maps and lists are nested too deeply here';
  if (code === 'DUPLICATE_KEY') {
    const key = /^["']?([^"':\s]+)/.exec(text.slice(at))?.[1];
    return key === undefined ? 'a key is written twice in one map' : `the key '${key}' is written twice in one map`;
  }
  if (text.slice(Math.max(0, at - 1), at + 1).includes('$') && text.slice(at, at + 2).includes('{')) {
    return 'quote a text with ${…} that stands inside { } or [ ]';
  }
  if (code === 'BLOCK_AS_IMPLICIT_KEY' || code === 'BLOCK_IN_FLOW') {
    return `a colon with a space begins a map: quote the text if it is meant to be one${lineFrom(text, at)}`;
  }
  if (code === 'BAD_SCALAR_START') return `a text cannot begin with ${text[at]}: quote it${lineFrom(text, at)}`;
  if (code === 'UNEXPECTED_TOKEN' && /["']\s*$/.test(text.slice(0, at))) {
    return 'the text goes on behind its closing quote: put the whole in quotes of the other kind';
  }
  return WORDS[code] ?? message.slice(0, 1).toLowerCase() + message.slice(1);
}

/** The rest of the line, quoted as it should be; nothing when it has single quotes of its own or is part of more. */
function lineFrom(text: string, at: number): string {
  const rest = /^[^\n]*/.exec(text.slice(at))?.[0].trim() ?? '';
  return rest === '' || /['}\],]/.test(rest) ? '' : `, '${rest}'`;
}
