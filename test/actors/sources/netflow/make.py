"""Writes packets.json: datagrams that scapy builds, with the values that went in, for the tests of the source netflow."""
import importlib.metadata
import ipaddress
import json
import pathlib
import struct

from scapy.layers.netflow import (
    GetNetflowRecordV9, NetflowDataflowsetV9, NetflowFlowsetV9, NetflowHeader, NetflowHeaderV5, NetflowHeaderV9,
    NetflowHeaderV10, NetflowOptionsFlowset10, NetflowOptionsFlowsetOptionV9, NetflowOptionsFlowsetScopeV9,
    NetflowOptionsFlowsetV9, NetflowRecordV5, NetflowRecordV9, NetflowTemplateFieldV9, NetflowTemplateV9,
)

NOW = 1_700_000_000
CASES = []


def built(packet):
    made = bytes(packet)
    # The length of IPFIX is that of all of the message; scapy leaves out the two bytes of the version.
    return made[:2] + struct.pack("!H", len(made)) + made[4:] if made[1] == 10 else made


def case(name, packets, flows):
    CASES.append({"name": name, "packets": [built(packet).hex() for packet in packets], "flows": flows})


def template(number, fields, which=0):
    made = [
        NetflowTemplateFieldV9(fieldType=field[0], fieldLength=field[1], enterpriseBit=int(len(field) > 2),
                               **({"enterpriseNumber": field[2]} if len(field) > 2 else {}))
        for field in fields
    ]
    return NetflowFlowsetV9(flowSetID=which, templates=[NetflowTemplateV9(templateID=number, template_fields=made)])


def data(number, raw):
    return NetflowDataflowsetV9(templateID=number, records=[NetflowRecordV9(fieldValue=raw)])


def nine(sequence, count=1, source=7):
    return NetflowHeader(version=9) / NetflowHeaderV9(
        count=count, sysUptime=60_000, unixSecs=NOW, packageSequence=sequence, SourceID=source)


def ipfix(sequence, domain=3):
    return NetflowHeader(version=10) / NetflowHeaderV10(ExportTime=NOW, flowSequence=sequence, ObservationDomainID=domain)


def options(flowset, number, scopes, fields):
    if flowset is NetflowOptionsFlowsetV9:
        counts = {"option_scope_length": 4 * len(scopes), "option_field_length": 4 * len(fields)}
    else:
        counts = {"field_count": len(scopes) + len(fields), "scope_field_count": len(scopes), "pad": b"",
                  "length": 10 + 4 * (len(scopes) + len(fields))}
    return flowset(
        templateID=number, **counts,
        scopes=[NetflowOptionsFlowsetScopeV9(scopeFieldType=t, scopeFieldlength=n) for t, n in scopes],
        options=[NetflowOptionsFlowsetOptionV9(optionFieldType=t, optionFieldlength=n) for t, n in fields])


def address(text):
    return ipaddress.ip_address(text).packed


five = NetflowHeader(version=5) / NetflowHeaderV5(
    sysUptime=100_000, unixSecs=NOW, unixNanoSeconds=500_000_000, flowSequence=40, engineType=1, engineID=2,
    samplingInterval=0x4000 | 100)
five /= NetflowRecordV5(src="10.0.0.1", dst="10.0.0.2", nexthop="10.0.0.254", input=3, output=4, dpkts=5, dOctets=4_000_000_000,
                        first=40_000, last=90_000, srcport=443, dstport=51_000, tcpFlags=0x1b, prot=6, tos=8,
                        src_as=64_512, dst_as=65_000, src_mask=24, dst_mask=16)
five /= NetflowRecordV5(src="192.0.2.1", dst="198.51.100.7", dpkts=1, dOctets=60, first=4_294_967_000, last=1, srcport=53,
                        dstport=5353, tcpFlags=0, prot=17)
case("NetFlow 5", [five], [
    {"version": 5, "domain": 258, "exported": NOW * 1000 + 500, "sampling": 100, "template": None,
     "sourceIPv4Address": "10.0.0.1", "destinationIPv4Address": "10.0.0.2", "ipNextHopIPv4Address": "10.0.0.254",
     "ingressInterface": 3, "egressInterface": 4, "packetDeltaCount": 5, "octetDeltaCount": 4_000_000_000,
     "start": NOW * 1000 + 500 - 60_000, "end": NOW * 1000 + 500 - 10_000, "sourceTransportPort": 443,
     "destinationTransportPort": 51_000, "tcpControlBits": 0x1b, "protocolIdentifier": 6, "ipClassOfService": 8,
     "bgpSourceAsNumber": 64_512, "bgpDestinationAsNumber": 65_000, "sourceIPv4PrefixLength": 24,
     "destinationIPv4PrefixLength": 16},
    {"sourceIPv4Address": "192.0.2.1", "protocolIdentifier": 17, "octetDeltaCount": 60,
     "start": NOW * 1000 + 500 - 100_296, "end": NOW * 1000 + 500 - 99_999},
])

flowset = template(256, [(8, 4), (12, 4), (1, 4), (2, 4), (4, 1), (7, 2), (11, 2), (22, 4), (21, 4), (10, 4)])
record = GetNetflowRecordV9(flowset)
made = record(IPV4_SRC_ADDR="10.1.0.1", IPV4_DST_ADDR="10.1.0.2", IN_BYTES=1234, IN_PKTS=7, PROTOCOL=6, L4_SRC_PORT=80,
              L4_DST_PORT=4000, FIRST_SWITCHED=30_000, LAST_SWITCHED=45_000, INPUT_SNMP=9)
case("NetFlow 9, template and data in two datagrams", [
    nine(1) / flowset,
    nine(2) / NetflowDataflowsetV9(templateID=256, records=[made, made]),
], 2 * [{"version": 9, "domain": 7, "template": 256, "sampling": 1, "sourceIPv4Address": "10.1.0.1",
         "destinationIPv4Address": "10.1.0.2", "octetDeltaCount": 1234, "packetDeltaCount": 7, "protocolIdentifier": 6,
         "sourceTransportPort": 80, "destinationTransportPort": 4000, "ingressInterface": 9,
         "start": NOW * 1000 - 30_000, "end": NOW * 1000 - 15_000}])

raw = address("2001:db8::1") + address("2001:db8:0:1::") + bytes.fromhex("020304050607") + struct.pack("!QHBI", 2**60, 40_001, 1, 5)
case("NetFlow 9, IPv6, addresses of machines, eight bytes, an element that is not known", [
    nine(9, 2) / template(300, [(27, 16), (28, 16), (56, 6), (1, 8), (0x2A0, 2), (61, 1), (999, 4)]) / data(300, raw),
], [{"sourceIPv6Address": "2001:db8::1", "destinationIPv6Address": "2001:db8:0:1::", "sourceMacAddress": "02:03:04:05:06:07",
     "octetDeltaCount": str(2**60), "element_672": 40_001, "flowDirection": 1, "element_999": 5, "start": None}])

case("NetFlow 9, sampling by options", [
    nine(1, 2) / options(NetflowOptionsFlowsetV9, 257, [(1, 4)], [(48, 1), (49, 1), (50, 4)])
    / data(257, struct.pack("!IBBI", 1, 4, 2, 512)),
    nine(2, 2) / template(256, [(8, 4), (48, 1)]) / data(256, address("10.2.0.1") + b"\x04" + address("10.2.0.2") + b"\x05"),
], [{"sourceIPv4Address": "10.2.0.1", "sampling": 512}, {"sourceIPv4Address": "10.2.0.2", "sampling": 1}])

variable = address("10.3.0.1") + b"\x05hello" + b"\xff\x01\x2c" + b"x" * 300 + struct.pack("!QQ", NOW * 1000 - 5000, NOW * 1000 - 1000)
variable += struct.pack("!HBI", 77, 1, 88)
case("IPFIX, lengths that vary, enterprises, both directions, times", [
    ipfix(0) / template(400, [(8, 4), (371, 65_535), (83, 65_535), (152, 8), (153, 8), (4, 2, 12_345), (276, 1), (1, 4, 29_305)], 2)
    / data(400, variable),
], [{"version": 10, "domain": 3, "exported": NOW * 1000, "sourceIPv4Address": "10.3.0.1", "userName": "hello",
     "interfaceDescription": "x" * 300, "start": NOW * 1000 - 5000, "end": NOW * 1000 - 1000, "enterprise_12345_4": 77,
     "dataRecordsReliability": True, "reverseOctetDeltaCount": 88}])

ntp = struct.pack("!II", NOW + 2_208_988_800, 0x80000000) + struct.pack("!IIBBB", NOW - 3, 250_000, 1, 2, 3)
case("IPFIX, sampling by selector, reduced numbers, times of other kinds, padding, an element twice", [
    ipfix(0, 9) / options(NetflowOptionsFlowset10, 500, [(302, 2)], [(305, 4), (306, 4)]) / data(500, struct.pack("!HII", 6, 10, 990)),
    ipfix(1, 9) / template(501, [(156, 8), (150, 4), (159, 4), (210, 1), (302, 1), (46, 1)], 2) / data(501, ntp),
    ipfix(2, 9) / template(502, [(1, 3), (46, 1), (46, 1), (302, 2)], 2) / data(502, struct.pack("!BHBBH", 1, 2, 5, 6, 6)),
], [{"flowStartNanoseconds": NOW * 1000 + 500, "start": NOW * 1000 + 500, "end": NOW * 1000 - 250, "sampling": 1, "mplsTopLabelType": 3},
    {"octetDeltaCount": 65_538, "mplsTopLabelType": [5, 6], "sampling": 100}])

version = importlib.metadata.version("scapy")
path = pathlib.Path(__file__).with_name("packets.json")
path.write_text(json.dumps({"madeBy": f"make.py, scapy {version}", "cases": CASES}, indent=1) + "\n")
