import type { Row } from '#stage';
import type { Library, Varbind } from './library.ts';
import { TRAPS_AT } from './mib.ts';
import type { Names } from './names.ts';
import { recordValueOf } from './values.ts';

/** A notification as the library gives it. Of version 1 are those that the others do not have. */
export interface TrapPdu {
  readonly type: number;
  readonly id?: number;
  readonly varbinds?: readonly Varbind[];
  readonly user?: string;
  readonly enterprise?: string;
  readonly agentAddr?: string;
  readonly generic?: number;
  readonly specific?: number;
  readonly upTime?: number;
}

const UP_TIME = '1.3.6.1.2.1.1.3.0';
const TRAP_OID = '1.3.6.1.6.3.1.1.4.1.0';
const ENTERPRISE = '1.3.6.1.6.3.1.1.4.3.0';
/** Of version 1: what has a number of its enterprise's own. */
const ENTERPRISE_SPECIFIC = 6;

/** The record of a notification; text where it is none. Those of version 1 are named as RFC 3584, 3.1 says. */
export function trapRow(library: Library, names: Names, pdu: TrapPdu, from: string): Row | string {
  const { PduType } = library;
  const all = pdu.varbinds ?? [];
  const of = (oid: string) => all.find((one) => one.oid === oid)?.value;
  const isFirst = pdu.type === PduType.Trap;
  const trap = isFirst ? oidOfFirst(pdu) : of(TRAP_OID);
  if (typeof trap !== 'string') return 'a notification that does not say which one it is: it has no snmpTrapOID';
  const upTime = isFirst ? pdu.upTime : of(UP_TIME);
  const enterprise = isFirst ? pdu.enterprise : of(ENTERPRISE);
  const variables = all
    .filter(({ oid }) => oid !== UP_TIME && oid !== TRAP_OID)
    .map((one) => {
      const named = names.nameOf(one.oid);
      const value = recordValueOf(library, one, named?.name);
      return { oid: one.oid, name: named?.name ?? null, index: named?.index ?? null, value };
    });
  const values: Record<string, unknown> = {};
  for (const { oid, name, value } of variables) {
    const field = name ?? oid.replaceAll('.', '_');
    if (!Object.hasOwn(values, field)) values[field] = value;
  }
  const named = names.nameOf(trap);
  return {
    from,
    version: isFirst ? '1' : pdu.user === undefined ? '2c' : '3',
    kind: pdu.type === PduType.InformRequest ? 'inform' : 'trap',
    trap,
    name: named === undefined ? null : named.index === '' ? named.name : `${named.name}.${named.index}`,
    user: pdu.user ?? null,
    upTime: typeof upTime === 'number' ? upTime : null,
    enterprise: typeof enterprise === 'string' ? enterprise : null,
    agent: pdu.agentAddr ?? null,
    values,
    variables,
  };
}

function oidOfFirst({ enterprise, generic, specific }: TrapPdu): string | undefined {
  if (generic === undefined) return undefined;
  return generic === ENTERPRISE_SPECIFIC ? `${enterprise}.0.${specific}` : `${TRAPS_AT}.${generic + 1}`;
}
