import { spawn } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import ts from 'typescript';
import type { Block } from './blocks.ts';
import { root } from './pages.ts';

// Node reads TypeScript itself from 22.18 on. Before, the examples run as what the compiler makes of them.
const readsTypeScript = 'typescript' in process.features && Boolean(process.features.typescript);

/** What a command left: its exit code and what it printed. */
export interface Ran {
  code: number | null;
  stdout: string;
  stderr: string;
}

/** A folder with the files of one page, as one who reads it would have it: `weir` is on the path and can be imported. */
export class Site {
  readonly folder = mkdtempSync(join(tmpdir(), 'weir-docs-'));

  constructor(blocks: readonly Block[]) {
    const at = (...parts: string[]) => join(this.folder, ...parts);
    mkdirSync(at('node_modules'));
    symlinkSync(root, at('node_modules', 'weir'));
    for (const name of ['vitest', 'typescript']) {
      symlinkSync(join(root, 'node_modules', name), at('node_modules', name));
    }
    this.#script('weir', join(root, 'dist/src/cli/main.js'));
    this.#script('vitest', join(root, 'node_modules/vitest/vitest.mjs'));
    this.write('package.json', '{ "type": "module" }\n');
    for (const { marks, text } of blocks) {
      const path = marks.get('file');
      if (path !== undefined) this.write(path, text);
    }
  }

  #script(name: string, module: string): void {
    this.write(`bin/${name}`, `#!/bin/sh\nexec "${process.execPath}" "${module}" "$@"\n`);
    chmodSync(join(this.folder, 'bin', name), 0o755);
  }

  write(path: string, text: string): void {
    const file = join(this.folder, path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
    if (!path.endsWith('.ts') || readsTypeScript) return;
    const compilerOptions = {
      module: ts.ModuleKind.ESNext,
      target: ts.ScriptTarget.ES2022,
      verbatimModuleSyntax: true,
    };
    const { outputText } = ts.transpileModule(text, { compilerOptions });
    writeFileSync(file.replace(/\.ts$/, '.mjs'), outputText.replace(/\.ts(['"])/g, '.mjs$1'));
  }

  /** Runs a line of shell. */
  run(command: string): Promise<Ran> {
    const line = readsTypeScript ? command : command.replace(/(?<=[\w-])\.ts\b/g, '.mjs');
    // Of this test run nothing is left: who types the commands is in none.
    const own = Object.entries(process.env).filter(
      ([name]) => !/^(?:VITEST|TEST$|NODE_ENV$|CI$|FORCE_COLOR$)/.test(name),
    );
    const env = { ...Object.fromEntries(own), PATH: `${join(this.folder, 'bin')}:${process.env.PATH}`, NO_COLOR: '1' };
    const child = spawn('bash', ['-o', 'pipefail', '-c', line], {
      cwd: this.folder,
      env,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let stdout = '';
    let stderr = '';
    child.stdout.on('data', (data) => (stdout += data));
    child.stderr.on('data', (data) => (stderr += data));
    return new Promise((resolve) => child.on('close', (code) => resolve({ code, stdout, stderr })));
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** What the compiler says against the TypeScript files of these sites; [] when nothing. */
export function typeFaults(files: readonly string[]): string[] {
  const program = ts.createProgram([...files], {
    target: ts.ScriptTarget.ES2022,
    module: ts.ModuleKind.NodeNext,
    moduleResolution: ts.ModuleResolutionKind.NodeNext,
    strict: true,
    noEmit: true,
    skipLibCheck: true,
    allowImportingTsExtensions: true,
    lib: ['lib.es2023.d.ts'],
    typeRoots: [join(root, 'node_modules/@types')],
    types: ['node'],
  });
  // Theirs alone: what they import is checked where it is written.
  const own = files.map((file) => program.getSourceFile(file)).filter((file) => file !== undefined);
  const faults = own.flatMap((file) => [
    ...program.getSyntacticDiagnostics(file),
    ...program.getSemanticDiagnostics(file),
  ]);
  return faults.map(({ file, start, messageText }) => {
    const line = file && start !== undefined ? file.getLineAndCharacterOfPosition(start).line + 1 : 0;
    return `${file?.fileName}:${line} ${ts.flattenDiagnosticMessageText(messageText, '\n')}`;
  });
}
