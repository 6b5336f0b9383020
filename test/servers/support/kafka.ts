import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { Server } from './server.ts';

const PORT = 19092;
const TOOLS = 'org.apache.kafka.tools';

/** A broker of the tests' own, and what they do with it through Kafka's own tools. */
export class Kafka {
  readonly address: string;
  /** Where it speaks TLS and asks for a login. */
  readonly secure: string;
  readonly #instance: string;
  readonly #server: Server;
  #folder = '';

  /** It takes three ports: this one and the next two. */
  constructor({ secure = false, port = PORT, autoCreate = false } = {}) {
    this.address = `127.0.0.1:${port}`;
    this.secure = `127.0.0.1:${port + 2}`;
    this.#instance = `test-kafka-${port}`;
    this.#server = new Server('kafka', {
      WEIR_INSTANCE: this.#instance,
      KAFKA_PORT: port,
      KAFKA_CONTROLLER_PORT: port + 1,
      KAFKA_AUTO_CREATE: String(autoCreate),
      ...(secure ? { KAFKA_SECURE_PORT: port + 2 } : {}),
    });
  }

  async start(): Promise<void> {
    this.#folder = await mkdtemp(join(tmpdir(), 'weir-kafka-'));
    await this.#server.start();
  }

  /** The broker goes; its data stays. */
  stop(): Promise<void> {
    return this.#server.stop();
  }

  /** See {@link Server.slowed}. */
  slowed(): Promise<() => void> {
    return this.#server.slowed();
  }

  async again(): Promise<void> {
    await this.#server.start();
  }

  async end(): Promise<void> {
    await this.#server.wipe();
    await rm(this.#folder, { recursive: true });
  }

  /** A topic that keeps all: records whose time is long past would be deleted within a minute. */
  async create(topic: string, partitions = 1): Promise<void> {
    const config = ['--config', 'retention.ms=-1'];
    await this.tool('TopicCommand', '--create', '--topic', topic, '--partitions', String(partitions), ...config);
  }

  async tool(name: string, ...args: readonly string[]): Promise<string> {
    return await this.#server.run(`${TOOLS}.${name}`, '--bootstrap-server', this.address, ...args);
  }

  /** Writes lines as values, packed as Kafka's own client packs them. */
  async produceValues(topic: string, lines: readonly string[], compression = 'none'): Promise<void> {
    const packed = ['--compression-codec', compression];
    const args = [`${TOOLS}.ConsoleProducer`, '--bootstrap-server', this.address, '--topic', topic, ...packed];
    await this.#server.feed(`${lines.join('\n')}\n`, ...args);
  }

  /** Writes `key:value` lines with Kafka's own console producer. */
  async produce(topic: string, lines: readonly string[]): Promise<void> {
    const keyed = ['--reader-property', 'parse.key=true', '--reader-property', 'key.separator=:'];
    const args = [`${TOOLS}.ConsoleProducer`, '--bootstrap-server', this.address, '--topic', topic, ...keyed];
    await this.#server.feed(`${lines.join('\n')}\n`, ...args);
  }

  /** Looks again and again until something outside of this process is so. */
  async until(holds: () => Promise<boolean>): Promise<void> {
    while (!(await holds())) await this.moment(50);
  }

  /** Lets other processes run for so long. */
  moment(ms: number): Promise<void> {
    return sleep(ms);
  }

  /**
   * What is committed, a line each, as Kafka's own console consumer prints it: so many records, or all until there are none for a
   * while.
   */
  async read(topic: string, count?: number, ...formatter: readonly string[]): Promise<string[]> {
    const args = ['--topic', topic, '--from-beginning', '--isolation-level', 'read_committed'];
    const until = count === undefined ? ['--timeout-ms', '8000'] : ['--max-messages', String(count)];
    const form = formatter.flatMap((one) => ['--formatter-property', one]);
    const text = await this.tool('consumer.ConsoleConsumer', ...args, ...until, ...form);
    return text === '' ? [] : text.split('\n');
  }

  /** A file with a topology. */
  async topology(name: string, text: string): Promise<string> {
    const file = join(this.#folder, `${name}.yaml`);
    await writeFile(file, `name: ${name}\n${text.replaceAll('BROKER', this.address)}`);
    return file;
  }

  /** The certificate of the broker that speaks TLS. */
  get certificate(): string {
    return join(this.#run, 'ca.pem');
  }

  /** Where the broker keeps the records of a topic's only partition. */
  log(topic: string): string {
    return join(this.#run, 'data', `${topic}-0`, '00000000000000000000.log');
  }

  get #run(): string {
    const home = process.env.WEIR_SERVERS_HOME ?? join(homedir(), '.cache', 'weir-servers');
    return join(home, 'kafka', `run-${this.#instance}`);
  }

  path(name: string): string {
    return join(this.#folder, name);
  }

  async lines(name: string): Promise<string[]> {
    return (await readFile(this.path(name), 'utf8')).trimEnd().split('\n');
  }

  /** Runs `weir` as a process of its own, in the folder of the topologies. */
  weir(...args: readonly string[]): { child: ChildProcess; ended: Promise<Ended> } {
    const child = spawn(process.execPath, [MAIN, ...args], { cwd: this.#folder, stdio: ['ignore', 'pipe', 'pipe'] });
    let stderr = '';
    let stdout = '';
    child.stderr!.on('data', (bytes) => (stderr += bytes));
    child.stdout!.on('data', (bytes) => (stdout += bytes));
    const ended = new Promise<Ended>((resolve) => {
      child.on('close', (code, signal) => resolve({ code, signal, stdout, stderr }));
    });
    return { child, ended };
  }
}

export interface Ended {
  code: number | null;
  signal: NodeJS.Signals | null;
  stdout: string;
  stderr: string;
}

const MAIN = fileURLToPath(new URL('../../../dist/src/cli/main.js', import.meta.url));

/** Resolves when the process has written something like it to its log. */
export function logged(child: ChildProcess, text: RegExp): Promise<void> {
  return matched(child.stderr!, text);
}

/** The same for what it prints. */
export function said(child: ChildProcess, text: RegExp): Promise<void> {
  return matched(child.stdout!, text);
}

function matched(stream: Readable, text: RegExp): Promise<void> {
  return new Promise((resolve) => {
    let seen = '';
    stream.on('data', (bytes) => {
      seen += bytes;
      if (text.test(seen)) resolve();
    });
  });
}

/** A run says this when its stages are open, also when it comes back. */
export const RUNNING = /\b(?:started|resumed)\b/;
