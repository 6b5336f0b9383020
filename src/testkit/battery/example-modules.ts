import type { AnyDefinition, Example } from '../../stage/definition.ts';
import { demand } from './check.ts';

const EXPORT = /^export (?=(?:function\*?|const|class) (\w+))/gm;
const NAMED = /^\.\/[\w-]+\.mjs#(\w+)$/;

/** The definition with examples whose options hold the functions themselves that their modules export. */
export function withFunctions<D extends AnyDefinition>(definition: D): D {
  return { ...definition, examples: definition.examples.map(exampleWithFunctions) };
}

function exampleWithFunctions(example: Example): Example {
  const { module } = example;
  if (module === undefined) return example;
  const functions = exportsOf(module);
  const options = Object.entries(example.options ?? {}).map(([option, value]) => {
    const name = typeof value === 'string' ? NAMED.exec(value)?.[1] : undefined;
    if (name === undefined) return [option, value];
    demand(typeof functions[name] === 'function', `the module of the example '${example.title}' exports ${name}`);
    return [option, functions[name]];
  });
  return { ...example, options: Object.fromEntries(options) };
}

/** Runs at once, as a check needs it, so without Node's own loading. */
function exportsOf(module: string): Record<string, unknown> {
  const names = [...module.matchAll(EXPORT)].map(([, name]) => name);
  return new Function(`'use strict';\n${module.replace(EXPORT, '')}\nreturn { ${names.join(', ')} };`)();
}
