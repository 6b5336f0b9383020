import { type ChildProcess, execFile } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe } from 'vitest';

const run = promisify(execFile);
const scripts = fileURLToPath(new URL('../scripts', import.meta.url));

/** What the script of a server needs of the machine. */
const NEEDS = {
  kafka: ['java', 'mvn'],
  cassandra: ['java', 'mvn'],
  hdfs: ['java', 'mvn', 'curl'],
  flink: ['java', 'mvn', 'curl', 'python3', 'pip'],
  spark: ['java', 'mvn', 'curl', 'python3', 'pip'],
  snmp: ['apt-get'],
  mosquitto: ['apt-get'],
  deltalake: ['python3', 'pip'],
} as const;

/** How finely a server that is slowed is stopped and let run, ms. */
const SLICE_MS = 25;

export type ServerName = keyof typeof NEEDS;

/** A real server on loopback, with data and ports of its own. The script beside this folder installs it when it is first started. */
export class Server {
  readonly name: ServerName;
  readonly #env: NodeJS.ProcessEnv;

  /** `settings`: variables of the script, such as its ports. */
  constructor(name: ServerName, settings: Readonly<Record<string, string | number>>) {
    const own = Object.fromEntries(Object.entries(settings).map(([key, value]) => [key, String(value)]));
    this.name = name;
    this.#env = { ...process.env, WEIR_INSTANCE: 'test', ...own };
  }

  /** Starts it, empty if it was wiped; waits until it answers. Gives its address as the script prints it. */
  start(): Promise<string> {
    return this.#script(['start']);
  }

  /** Ends its processes; its data stays. */
  async stop(): Promise<void> {
    await this.#script(['stop']);
  }

  /** Ends it and throws its data away. */
  async wipe(): Promise<void> {
    await this.#script(['wipe']);
  }

  /** Runs a tool of the server, such as a class of its jars. Gives what the tool printed. */
  run(...args: readonly string[]): Promise<string> {
    return this.#script(['run', ...args]);
  }

  /** The same for a tool that reads its standard input. */
  async feed(input: string, ...args: readonly string[]): Promise<string> {
    return await this.#script(['run', ...args], (child) => child.stdin?.end(input));
  }

  /** Stops its processes for nine slices of time in ten, until what this gives is called. */
  async slowed(): Promise<() => void> {
    const status = await this.#script(['status']);
    const pids = [...status.matchAll(/ pid=(\d+)/g)].map(([, pid]) => Number(pid));
    const signal = (name: NodeJS.Signals) => {
      for (const pid of pids) process.kill(pid, name);
    };
    let slice = 0;
    const timer = setInterval(() => {
      slice = (slice + 1) % 10;
      if (slice === 0) signal('SIGCONT');
      if (slice === 1) signal('SIGSTOP');
    }, SLICE_MS);
    return () => {
      clearInterval(timer);
      signal('SIGCONT');
    };
  }

  async #script(args: readonly string[], begun: (child: ChildProcess) => void = () => {}): Promise<string> {
    const file = join(scripts, `${this.name}.sh`);
    const running = run('bash', [file, ...args], { env: this.#env, maxBuffer: 2 ** 30, timeout: 600_000 });
    begun(running.child);
    const { stdout } = await running;
    return stdout.trim();
  }
}

/** Why a server cannot run on this machine; nothing if it can. */
export function missing(name: ServerName): string | undefined {
  const absent = NEEDS[name].filter((command) => !isThere(command));
  if (absent.length > 0) return `${name} needs ${absent.join(', ')}`;
  if ((NEEDS[name] as readonly string[]).includes('apt-get') && process.getuid?.() !== 0) {
    const tool = { snmp: 'snmpd', mosquitto: 'mosquitto' }[name as string] ?? name;
    return isThere(tool) ? undefined : `${name} is not installed, and to install it takes root`;
  }
  return undefined;
}

function isThere(command: string): boolean {
  const folders = [...(process.env.PATH ?? '').split(delimiter), '/usr/sbin', '/sbin'];
  return folders.some((folder) => {
    try {
      accessSync(join(folder, command), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

/** Only what each connector must show at the least is to be tested, in a few minutes. */
export const SMOKE = process.env.WEIR_TEST_SMOKE === '1';

/** A suite that needs these servers; skipped, with the reason, where one of them cannot run. */
export function withServers(names: readonly ServerName[], title: string, suite: () => void): void {
  const reasons = names.map(missing).filter((reason) => reason !== undefined);
  if (reasons.length > 0) console.log(`skipped, ${title}: ${reasons.join('; ')}`);
  describe.runIf(reasons.length === 0)(title, suite);
}

/** The same where it is more than smoke. */
export function withServersInFull(names: readonly ServerName[], title: string, suite: () => void): void {
  if (!SMOKE) {
    withServers(names, title, suite);
    return;
  }
  console.log(`left to the full suite: ${title}`);
  describe.runIf(false)(title, suite);
}
