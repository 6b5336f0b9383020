/** How the bytes of a field are read. */
export type Kind =
  | 'unsigned'
  | 'signed'
  | 'float'
  | 'flag'
  | 'ip'
  | 'mac'
  | 'text'
  | 'bytes'
  | 'sec'
  | 'ms'
  | 'ntp'
  | 'none';

export interface Element {
  readonly name: string;
  readonly kind: Kind;
}

/** Elements of IANA's registry (https://www.iana.org/assignments/ipfix) that exporters send, by number; those without a kind are unsigned. */
const NAMES = `1 octetDeltaCount|2 packetDeltaCount|3 deltaFlowCount|4 protocolIdentifier|5 ipClassOfService|6 tcpControlBits
7 sourceTransportPort|8 sourceIPv4Address ip|9 sourceIPv4PrefixLength|10 ingressInterface|11 destinationTransportPort
12 destinationIPv4Address ip|13 destinationIPv4PrefixLength|14 egressInterface|15 ipNextHopIPv4Address ip|16 bgpSourceAsNumber
17 bgpDestinationAsNumber|18 bgpNextHopIPv4Address ip|19 postMCastPacketDeltaCount|20 postMCastOctetDeltaCount
21 flowEndSysUpTime|22 flowStartSysUpTime|23 postOctetDeltaCount|24 postPacketDeltaCount|25 minimumIpTotalLength
26 maximumIpTotalLength|27 sourceIPv6Address ip|28 destinationIPv6Address ip|29 sourceIPv6PrefixLength
30 destinationIPv6PrefixLength|31 flowLabelIPv6|32 icmpTypeCodeIPv4|33 igmpType|34 samplingInterval|35 samplingAlgorithm
36 flowActiveTimeout|37 flowIdleTimeout|38 engineType|39 engineId|40 exportedOctetTotalCount|41 exportedMessageTotalCount
42 exportedFlowRecordTotalCount|44 sourceIPv4Prefix ip|45 destinationIPv4Prefix ip|46 mplsTopLabelType
47 mplsTopLabelIPv4Address ip|48 samplerId|49 samplerMode|50 samplerRandomInterval|52 minimumTTL|53 maximumTTL
54 fragmentIdentification|55 postIpClassOfService|56 sourceMacAddress mac|57 postDestinationMacAddress mac|58 vlanId|59 postVlanId
60 ipVersion|61 flowDirection|62 ipNextHopIPv6Address ip|63 bgpNextHopIPv6Address ip|64 ipv6ExtensionHeaders
70 mplsTopLabelStackSection bytes|80 destinationMacAddress mac|81 postSourceMacAddress mac|82 interfaceName text
83 interfaceDescription text|84 samplerName text|85 octetTotalCount|86 packetTotalCount|88 fragmentOffset|89 forwardingStatus
90 mplsVpnRouteDistinguisher bytes|94 applicationDescription text|95 applicationId bytes|96 applicationName text
98 postIpDiffServCodePoint|99 multicastReplicationFactor|128 bgpNextAdjacentAsNumber|129 bgpPrevAdjacentAsNumber
130 exporterIPv4Address ip|131 exporterIPv6Address ip|132 droppedOctetDeltaCount|133 droppedPacketDeltaCount|136 flowEndReason
137 commonPropertiesId|138 observationPointId|139 icmpTypeCodeIPv6|140 mplsTopLabelIPv6Address ip|141 lineCardId|142 portId
143 meteringProcessId|144 exportingProcessId|145 templateId|146 wlanChannelId|147 wlanSSID text|148 flowId|149 observationDomainId
150 flowStartSeconds sec|151 flowEndSeconds sec|152 flowStartMilliseconds ms|153 flowEndMilliseconds ms
154 flowStartMicroseconds ntp|155 flowEndMicroseconds ntp|156 flowStartNanoseconds ntp|157 flowEndNanoseconds ntp
158 flowStartDeltaMicroseconds|159 flowEndDeltaMicroseconds|160 systemInitTimeMilliseconds ms|161 flowDurationMilliseconds
162 flowDurationMicroseconds|163 observedFlowTotalCount|164 ignoredPacketTotalCount|165 ignoredOctetTotalCount
166 notSentFlowTotalCount|167 notSentPacketTotalCount|168 notSentOctetTotalCount|176 icmpTypeIPv4|177 icmpCodeIPv4
178 icmpTypeIPv6|179 icmpCodeIPv6|180 udpSourcePort|181 udpDestinationPort|182 tcpSourcePort|183 tcpDestinationPort
184 tcpSequenceNumber|185 tcpAcknowledgementNumber|186 tcpWindowSize|189 ipHeaderLength|192 ipTTL|194 ipPrecedence
195 ipDiffServCodePoint|196 ipPrecedence|197 fragmentFlags|204 tcpUrgentPointer|205 udpMessageLength|206 isMulticast
210 paddingOctets none|225 postNATSourceIPv4Address ip|226 postNATDestinationIPv4Address ip|227 postNAPTSourceTransportPort
228 postNAPTDestinationTransportPort|229 natOriginatingAddressRealm|230 natEvent|231 initiatorOctets|232 responderOctets
233 firewallEvent|234 ingressVRFID|235 egressVRFID|236 VRFname text|239 biflowDirection|243 dot1qVlanId|244 dot1qPriority
252 ingressPhysicalInterface|253 egressPhysicalInterface|256 ethernetType|276 dataRecordsReliability flag|277 observationPointType
281 postNATSourceIPv6Address ip|282 postNATDestinationIPv6Address ip|298 initiatorPackets|299 responderPackets|300 observationDomainName text
302 selectorId|304 selectorAlgorithm|305 samplingPacketInterval|306 samplingPacketSpace|309 samplingSize|310 samplingPopulation
311 samplingProbability float|322 observationTimeSeconds sec|323 observationTimeMilliseconds ms|324 observationTimeMicroseconds ntp
335 selectorName text|346 privateEnterpriseNumber|351 layer2SegmentId|352 layer2OctetDeltaCount|361 portRangeStart|362 portRangeEnd
371 userName text|408 samplerState|434 meanFlowRate signed|459 httpRequestMethod text|460 httpRequestHost text|461 httpRequestTarget text`;

const ELEMENTS = new Map<number, Element>(
  NAMES.split(/[|\n]/).map((each) => {
    const [number = '', name = '', kind = 'unsigned'] = each.split(' ');
    return [Number(number), { name, kind: kind as Kind }];
  }),
);

/** What an options record of NetFlow 9 is about (RFC 3954, 6.1). */
const SCOPES = ['', 'scopeSystem', 'scopeInterface', 'scopeLineCard', 'scopeCache', 'scopeTemplate'];

/** The other direction of a flow has the same elements under this number (RFC 5103). */
const REVERSE = 29_305;

/** An element by its number; of one that is not known the number is its name, and up to eight bytes are a number. */
export function elementOf(id: number, enterprise: number, length: number): Element {
  const known = enterprise === 0 || enterprise === REVERSE ? ELEMENTS.get(id) : undefined;
  if (known !== undefined) {
    if (enterprise === 0) return known;
    return { name: `reverse${known.name[0]?.toUpperCase()}${known.name.slice(1)}`, kind: known.kind };
  }
  const name = enterprise === 0 ? `element_${id}` : `enterprise_${enterprise}_${id}`;
  return { name, kind: length <= 8 ? 'unsigned' : 'bytes' };
}

export function scopeOf(id: number, length: number): Element {
  return { name: SCOPES[id] || `scope_${id}`, kind: length <= 8 ? 'unsigned' : 'bytes' };
}
