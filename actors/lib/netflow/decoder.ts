import type { Row } from '#stage';
import { announcedIn, DatagramFault, FIRST_DATA } from './announced.ts';
import { type DomainState, Domains } from './domains.ts';
import { FIVE } from './five.ts';
import { recordsIn } from './records.ts';
import { type Template, type TemplateSpec, Templates } from './templates.ts';
import { withTimes } from './times.ts';

/** Where what a datagram holds goes. */
export interface FlowOutput {
  record(row: Row): void;
  /** A part of it that cannot be read. */
  fault(reason: string, bytes: Buffer): void;
  /** What the numbers of an exporter say is missing before it: `what` is flows, records or datagrams. */
  lost(count: number, what: string, exporter: string): void;
}

export interface FlowOptions {
  readonly maxFields: number;
  readonly maxDomains: number;
  /** Give records of options too. */
  readonly options: boolean;
}

/** What a snapshot keeps, plain data. */
export interface FlowState {
  readonly templates: readonly (readonly [string, TemplateSpec])[];
  readonly samplings: readonly (readonly [string, readonly (readonly [number, number])[]])[];
}

/** What stands at the head of a datagram, and who sent it. */
interface Head {
  readonly version: 5 | 9 | 10;
  readonly exporter: string;
  readonly domain: number;
  /** When it was sent, and how long the exporter had been up then; milliseconds. */
  readonly exported: number;
  readonly uptime: number | undefined;
  readonly sequence: number;
  readonly key: string;
}

/** Takes datagrams of NetFlow 5, NetFlow 9 and IPFIX apart. Keeps templates, samplings and sequence numbers of each exporter. */
export class FlowDecoder {
  readonly #o: FlowOptions;
  readonly #templates: Templates;
  readonly #domains: Domains;

  constructor(options: FlowOptions) {
    this.#o = options;
    this.#templates = new Templates(options.maxFields);
    this.#domains = new Domains(options.maxDomains);
  }

  decode(bytes: Buffer, exporter: string, out: FlowOutput): void {
    try {
      if (bytes.length < 2) throw new DatagramFault('it has no version');
      const version = bytes.readUInt16BE(0);
      if (version === 5) this.#five(bytes, exporter, out);
      else if (version === 9) this.#nine(bytes, exporter, out);
      else if (version === 10) this.#ipfix(bytes, exporter, out);
      else throw new DatagramFault(`version ${version}, which is none of 5, 9 and 10`);
    } catch (error) {
      if (!(error instanceof DatagramFault)) throw error;
      out.fault(error.message, bytes);
    }
  }

  #five(bytes: Buffer, exporter: string, out: FlowOutput): void {
    need(bytes, 24);
    const count = bytes.readUInt16BE(2);
    const end = 24 + count * FIVE.least;
    if (count === 0 || bytes.length < end) {
      throw new DatagramFault(`${count} flows are ${end} bytes, and it has ${bytes.length}`);
    }
    const exported = bytes.readUInt32BE(8) * 1000 + Math.floor(bytes.readUInt32BE(12) / 1e6);
    const uptime = bytes.readUInt32BE(4);
    const head = headOf(5, exporter, bytes.readUInt16BE(20), exported, uptime, bytes.readUInt32BE(16));
    const state = this.#domains.of(head.key);
    tell(state.lostBefore(head.sequence, count), 'flows', exporter, out);
    // The first two bits are the mode.
    state.sampled(0, Math.max(1, bytes.readUInt16BE(22) & 0x3fff));
    for (const row of recordsIn(bytes, 24, end, FIVE)) this.#flow(row, head, state, out);
  }

  #nine(bytes: Buffer, exporter: string, out: FlowOutput): void {
    need(bytes, 20);
    const [uptime, exported] = [bytes.readUInt32BE(4), bytes.readUInt32BE(8) * 1000];
    const head = headOf(9, exporter, bytes.readUInt32BE(16), exported, uptime, bytes.readUInt32BE(12));
    const state = this.#domains.of(head.key);
    tell(state.lostBefore(head.sequence, 1), 'datagrams', exporter, out);
    this.#sets(bytes, 20, bytes.length, head, state, out);
  }

  #ipfix(bytes: Buffer, exporter: string, out: FlowOutput): void {
    need(bytes, 16);
    const length = bytes.readUInt16BE(2);
    if (length < 16 || length > bytes.length) {
      throw new DatagramFault(`a length of ${length}, and it has ${bytes.length} bytes`);
    }
    const exported = bytes.readUInt32BE(4) * 1000;
    const head = headOf(10, exporter, bytes.readUInt32BE(12), exported, undefined, bytes.readUInt32BE(8));
    const state = this.#domains.of(head.key);
    const count = this.#sets(bytes, 16, length, head, state, out);
    tell(state.lostBefore(head.sequence, count), 'records', exporter, out);
  }

  /** Reads the sets of a datagram. Gives how many records they have; undefined when not all could be read. */
  #sets(bytes: Buffer, from: number, to: number, head: Head, state: DomainState, out: FlowOutput): number | undefined {
    let count: number | undefined = 0;
    for (let at = from; at < to; ) {
      // NetFlow 9 may be filled up with zeros.
      if (to - at < 4) {
        if (bytes.subarray(at, to).some((byte) => byte !== 0)) throw new DatagramFault('a set is cut off');
        break;
      }
      const id = bytes.readUInt16BE(at);
      const length = bytes.readUInt16BE(at + 2);
      if (length < 4 || length > to - at) {
        out.fault(`set ${id}: a length of ${length}, and ${to - at} bytes are left`, bytes.subarray(at, to));
        return undefined;
      }
      try {
        const records = this.#set(bytes, at + 4, at + length, id, head, state, out);
        if (count !== undefined) count += records;
      } catch (error) {
        if (!(error instanceof DatagramFault)) throw error;
        out.fault(`set ${id}: ${error.message}`, bytes.subarray(at, at + length));
        count = undefined;
      }
      at += length;
    }
    return count;
  }

  #set(bytes: Buffer, from: number, to: number, id: number, head: Head, state: DomainState, out: FlowOutput): number {
    const isNine = head.version === 9;
    const first = isNine ? 0 : 2;
    if (id === first || id === first + 1) {
      this.#announced(bytes, from, to, head.key, { isNine, isOptions: id > first });
      return 0;
    }
    if (id < FIRST_DATA) throw new DatagramFault('the number of the set is reserved');
    const template = this.#templates.find(head.key, id);
    if (template === undefined) throw new DatagramFault('its template has not come yet');
    let count = 0;
    for (const row of recordsIn(bytes, from, to, template)) {
      count++;
      if (template.isOptions) this.#options(row, template, head, state, out);
      else this.#flow(row, head, state, out, id);
    }
    return count;
  }

  #announced(
    bytes: Buffer,
    from: number,
    to: number,
    key: string,
    kind: { isNine: boolean; isOptions: boolean },
  ): void {
    for (const one of announcedIn(bytes, from, to, kind)) {
      if ('spec' in one) this.#templates.put(key, one.id, one.spec);
      else {
        const isAll = one.id === 2 || one.id === 3;
        this.#templates.withdraw(key, one.id, isAll ? (one.id === 2 ? 'flows' : 'options') : undefined);
      }
    }
  }

  #options(row: Row, { scopes, fields }: Template, head: Head, state: DomainState, out: FlowOutput): void {
    const n = samplingOf(row);
    if (n !== undefined) state.sampled(samplerOf(row), n);
    const { systemInitTimeMilliseconds: boot } = row;
    if (typeof boot === 'number') state.bootMs = boot;
    if (!this.#o.options) return;
    const scope = fields.slice(0, scopes).map(({ element }) => element.name);
    out.record({ kind: 'options', ...common(head), start: null, end: null, sampling: null, scope, ...row });
  }

  #flow(row: Row, head: Head, state: DomainState, out: FlowOutput, template: number | null = null): void {
    const { samplings, bootMs } = state;
    const sampling = samplingOf(row) ?? samplings.get(samplerOf(row)) ?? samplings.get(0) ?? 1;
    const { exported, uptime } = head;
    const times = withTimes(row, exported, uptime, bootMs);
    out.record({ kind: 'flow', ...common(head), ...times, sampling, template, ...row });
  }

  snapshot(): FlowState {
    return { templates: this.#templates.snapshot(), samplings: this.#domains.snapshot() };
  }

  restore({ templates, samplings }: FlowState): void {
    this.#templates.restore(templates);
    this.#domains.restore(samplings);
  }
}

function headOf(
  version: Head['version'],
  exporter: string,
  domain: number,
  exported: number,
  uptime: number | undefined,
  sequence: number,
): Head {
  return { version, exporter, domain, exported, uptime, sequence, key: `${exporter} ${version} ${domain}` };
}

const common = ({ version, exporter, domain, exported }: Head) => ({ version, exporter, domain, exported });

function need(bytes: Buffer, length: number): void {
  if (bytes.length < length) throw new DatagramFault(`${bytes.length} bytes: its head alone has ${length}`);
}

function tell(count: number, what: string, exporter: string, out: FlowOutput): void {
  if (count > 0) out.lost(count, what, exporter);
}

const numberOf = (value: unknown): number | undefined => (typeof value === 'number' && value > 0 ? value : undefined);

/** One of how many packets was looked at, where a record says so. */
function samplingOf(row: Row): number | undefined {
  const { samplingPacketInterval, samplingPacketSpace, samplingProbability } = row;
  const interval = numberOf(samplingPacketInterval);
  if (interval !== undefined) return (interval + (numberOf(samplingPacketSpace) ?? 0)) / interval;
  const probability = numberOf(samplingProbability);
  if (probability !== undefined) return 1 / probability;
  const [population, size] = [numberOf(row.samplingPopulation), numberOf(row.samplingSize)];
  if (population !== undefined && size !== undefined) return population / size;
  return numberOf(row.samplingInterval) ?? numberOf(row.samplerRandomInterval);
}

function samplerOf({ samplerId, selectorId }: Row): number {
  return numberOf(samplerId) ?? numberOf(selectorId) ?? 0;
}
