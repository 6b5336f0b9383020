import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

const HOST = '127.0.0.1';
/** Heap of the tasks, MiB: enough for the state of a million events of any query. */
const HEAP = 3000;
const MANAGED = 512;
const OPENED =
  'lang net io nio lang.reflect text time util util.concurrent util.concurrent.atomic util.concurrent.locks';
/** As in Flink's own configuration. */
const OPENS = OPENED.split(' ')
  .map((name) => `java.base/java.${name}`)
  .concat('java.base/sun.nio.ch')
  .map((name) => `--add-opens=${name}=ALL-UNNAMED`)
  .concat(['java.base/sun.net.util', 'java.rmi/sun.rmi.registry'].map((name) => `--add-exports=${name}=ALL-UNNAMED`));

const LOGGING = `rootLogger.level=WARN
rootLogger.appenderRef.out.ref=out
appender.out.type=Console
appender.out.name=out
appender.out.layout.type=PatternLayout
appender.out.layout.pattern=%d %-5p %c{1} - %m%n
`;

const configuration = ({ folder, slots, ports: { rpc, rest, sql } }) => `jobmanager.rpc.address: ${HOST}
jobmanager.bind-host: ${HOST}
jobmanager.rpc.port: ${rpc}
rest.address: ${HOST}
rest.bind-address: ${HOST}
rest.port: ${rest}
taskmanager.host: ${HOST}
taskmanager.bind-host: ${HOST}
taskmanager.numberOfTaskSlots: ${slots}
taskmanager.cpu.cores: ${slots}.0
taskmanager.memory.task.heap.size: ${HEAP}m
taskmanager.memory.task.off-heap.size: 0m
taskmanager.memory.framework.heap.size: 128m
taskmanager.memory.framework.off-heap.size: 128m
taskmanager.memory.jvm-metaspace.size: 256m
taskmanager.memory.jvm-overhead.min: 192m
taskmanager.memory.jvm-overhead.max: 192m
taskmanager.memory.network.min: 64m
taskmanager.memory.network.max: 64m
taskmanager.memory.managed.size: ${MANAGED}m
parallelism.default: ${slots}
execution.checkpointing.dir: file://${folder}/checkpoints
io.tmp.dirs: ${folder}/tmp
sql-gateway.endpoint.rest.address: ${HOST}
sql-gateway.endpoint.rest.bind-address: ${HOST}
sql-gateway.endpoint.rest.port: ${sql}
`;

/**
 * A Flink of its own on loopback: one JobManager, one TaskManager with so many slots, the gateway for SQL. Its processes and
 * its folder end with this process, if not before, unless that is killed outright.
 */
export class Cluster {
  #processes = [];
  #onExit = () => this.#kill();

  /** For all that it writes. */
  folder = mkdtempSync(join(tmpdir(), 'weir-flink-'));
  /** Addresses of the REST API and of the gateway. */
  rest;
  sql;

  /** Starts it and waits until it takes statements; about ten seconds. */
  static async start({ classpath, lib, plugins }, slots) {
    const cluster = new Cluster();
    await cluster.#start({ classpath, lib, plugins }, slots);
    return cluster;
  }

  async stop() {
    const ended = this.#processes.map(({ process }) => new Promise((resolve) => process.once('exit', resolve)));
    this.#kill();
    await Promise.all(ended);
    this.#kill(); // what they wrote until then
    process.off('exit', this.#onExit);
  }

  async #start({ classpath, lib, plugins }, slots) {
    process.on('exit', this.#onExit);
    const folder = this.folder;
    const [rpc, rest, sql] = await freePorts(3);
    mkdirSync(join(folder, 'tmp'));
    writeFileSync(join(folder, 'config.yaml'), configuration({ folder, slots, ports: { rpc, rest, sql } }));
    writeFileSync(join(folder, 'log4j2.properties'), LOGGING);
    const environment = { FLINK_CONF_DIR: folder, FLINK_LIB_DIR: lib, FLINK_PLUGINS_DIR: plugins };
    const java = (name, memory, main, ...more) => {
      const log = `-Dlog4j.configurationFile=file:${folder}/log4j2.properties`;
      const args = [...OPENS, log, '-XX:MaxMetaspaceSize=256m', ...memory, '-cp', classpath, main, ...more];
      this.#spawn(name, args, environment);
    };
    const configured = ['--configDir', folder];
    const entry = 'org.apache.flink.runtime.entrypoint.StandaloneSessionClusterEntrypoint';
    java('jobmanager', ['-Xmx512m'], entry, ...configured);
    const heap = [`-Xms${HEAP + 128}m`, `-Xmx${HEAP + 128}m`, '-XX:MaxDirectMemorySize=256m'];
    java('taskmanager', heap, 'org.apache.flink.runtime.taskexecutor.TaskManagerRunner', ...configured);
    java('gateway', ['-Xmx512m'], 'org.apache.flink.table.gateway.SqlGateway');
    this.rest = `http://${HOST}:${rest}`;
    this.sql = `http://${HOST}:${sql}`;
    await this.#until(async () => (await answer(`${this.rest}/overview`))?.['slots-total'] === slots);
    await this.#until(async () => (await answer(`${this.sql}/v1/info`)) !== undefined);
  }

  #spawn(name, args, environment) {
    const log = join(this.folder, `${name}.log`);
    const out = openSync(log, 'a');
    const env = { ...process.env, ...environment };
    this.#processes.push({
      name,
      log,
      process: spawn('java', args, { cwd: this.folder, env, stdio: ['ignore', out, out] }),
    });
  }

  async #until(ready) {
    const end = Date.now() + 120_000;
    while (!(await ready())) {
      const dead = this.#processes.find(({ process }) => process.exitCode !== null || process.signalCode !== null);
      if (dead || Date.now() > end) {
        const { name, log } = dead ?? this.#processes[0];
        throw new Error(
          `Flink's ${name} ${dead ? 'ended' : 'did not answer'}:\n${readFileSync(log, 'utf8').slice(-2000)}`,
        );
      }
      await sleep(200);
    }
  }

  #kill() {
    for (const { process } of this.#processes) process.kill('SIGKILL');
    rmSync(this.folder, { recursive: true, force: true, maxRetries: 3 });
  }
}

async function answer(url) {
  try {
    const response = await fetch(url);
    return response.ok ? await response.json() : undefined;
  } catch {
    return undefined; // not there yet
  }
}

/** Ports that nobody listens on, all different. */
async function freePorts(count) {
  const servers = await Promise.all(
    Array.from({ length: count }, () => {
      const server = createServer();
      return new Promise((resolve) => server.listen(0, HOST, () => resolve(server)));
    }),
  );
  const ports = servers.map((server) => server.address().port);
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return ports;
}
