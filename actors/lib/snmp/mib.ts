/** A table of a MIB: the OID of its rows, what its rows are numbered by, and its columns from the first one on. */
export interface MibTable {
  readonly entry: string;
  readonly index: string;
  readonly columns: string;
}

/**
 * Groups of single values, by the OID of the group: names in the order of their numbers from 1 on; `8:name` says the number of a
 * name and where those behind it go on. MIB-2 (RFC 1213, SNMPv2-MIB), IF-MIB (RFC 2863), HOST-RESOURCES-MIB (RFC 2790).
 */
export const GROUPS: Readonly<Record<string, string>> = {
  '1.3.6.1.2.1.1': 'sysDescr sysObjectID sysUpTime sysContact sysName sysLocation sysServices sysORLastChange',
  '1.3.6.1.2.1.2': 'ifNumber',
  '1.3.6.1.2.1.4':
    'ipForwarding ipDefaultTTL ipInReceives ipInHdrErrors ipInAddrErrors ipForwDatagrams ipInUnknownProtos ipInDiscards ipInDelivers ' +
    'ipOutRequests ipOutDiscards ipOutNoRoutes ipReasmTimeout ipReasmReqds ipReasmOKs ipReasmFails ipFragOKs ipFragFails ' +
    'ipFragCreates 23:ipRoutingDiscards',
  '1.3.6.1.2.1.5':
    'icmpInMsgs icmpInErrors icmpInDestUnreachs icmpInTimeExcds icmpInParmProbs icmpInSrcQuenchs icmpInRedirects icmpInEchos ' +
    'icmpInEchoReps icmpInTimestamps icmpInTimestampReps icmpInAddrMasks icmpInAddrMaskReps icmpOutMsgs icmpOutErrors ' +
    'icmpOutDestUnreachs icmpOutTimeExcds icmpOutParmProbs icmpOutSrcQuenchs icmpOutRedirects icmpOutEchos icmpOutEchoReps ' +
    'icmpOutTimestamps icmpOutTimestampReps icmpOutAddrMasks icmpOutAddrMaskReps',
  '1.3.6.1.2.1.6':
    'tcpRtoAlgorithm tcpRtoMin tcpRtoMax tcpMaxConn tcpActiveOpens tcpPassiveOpens tcpAttemptFails tcpEstabResets tcpCurrEstab ' +
    'tcpInSegs tcpOutSegs tcpRetransSegs 14:tcpInErrs tcpOutRsts',
  '1.3.6.1.2.1.7': 'udpInDatagrams udpNoPorts udpInErrors udpOutDatagrams',
  '1.3.6.1.2.1.11':
    'snmpInPkts snmpOutPkts snmpInBadVersions snmpInBadCommunityNames snmpInBadCommunityUses snmpInASNParseErrs 8:snmpInTooBigs ' +
    'snmpInNoSuchNames snmpInBadValues snmpInReadOnlys snmpInGenErrs snmpInTotalReqVars snmpInTotalSetVars snmpInGetRequests ' +
    'snmpInGetNexts snmpInSetRequests snmpInGetResponses snmpInTraps snmpOutTooBigs snmpOutNoSuchNames snmpOutBadValues ' +
    '24:snmpOutGenErrs snmpOutGetRequests snmpOutGetNexts snmpOutSetRequests snmpOutGetResponses snmpOutTraps ' +
    'snmpEnableAuthenTraps snmpSilentDrops snmpProxyDrops',
  '1.3.6.1.2.1.31.1': '5:ifTableLastChange ifStackLastChange',
  '1.3.6.1.2.1.25.1':
    'hrSystemUptime hrSystemDate hrSystemInitialLoadDevice hrSystemInitialLoadParameters hrSystemNumUsers hrSystemProcesses ' +
    'hrSystemMaxProcesses',
  '1.3.6.1.2.1.25.2': '2:hrMemorySize',
  '1.3.6.1.2.1.25.4': 'hrSWOSIndex',
  '1.3.6.1.2.1.25.6': 'hrSWInstalledLastChange hrSWInstalledLastUpdateTime',
  '1.3.6.1.6.3.1.1.4': 'snmpTrapOID 3:snmpTrapEnterprise',
};

export const TABLES: Readonly<Record<string, MibTable>> = {
  sysORTable: {
    entry: '1.3.6.1.2.1.1.9.1',
    index: 'sysORIndex',
    columns: 'sysORIndex sysORID sysORDescr sysORUpTime',
  },
  ifTable: {
    entry: '1.3.6.1.2.1.2.2.1',
    index: 'ifIndex',
    columns:
      'ifIndex ifDescr ifType ifMtu ifSpeed ifPhysAddress ifAdminStatus ifOperStatus ifLastChange ifInOctets ifInUcastPkts ' +
      'ifInNUcastPkts ifInDiscards ifInErrors ifInUnknownProtos ifOutOctets ifOutUcastPkts ifOutNUcastPkts ifOutDiscards ' +
      'ifOutErrors ifOutQLen ifSpecific',
  },
  ifXTable: {
    entry: '1.3.6.1.2.1.31.1.1.1',
    index: 'ifIndex',
    columns:
      'ifName ifInMulticastPkts ifInBroadcastPkts ifOutMulticastPkts ifOutBroadcastPkts ifHCInOctets ifHCInUcastPkts ' +
      'ifHCInMulticastPkts ifHCInBroadcastPkts ifHCOutOctets ifHCOutUcastPkts ifHCOutMulticastPkts ifHCOutBroadcastPkts ' +
      'ifLinkUpDownTrapEnable ifHighSpeed ifPromiscuousMode ifConnectorPresent ifAlias ifCounterDiscontinuityTime',
  },
  ifStackTable: {
    entry: '1.3.6.1.2.1.31.1.2.1',
    index: 'ifStackHigherLayer ifStackLowerLayer',
    columns: 'ifStackHigherLayer ifStackLowerLayer ifStackStatus',
  },
  ifRcvAddressTable: {
    entry: '1.3.6.1.2.1.31.1.4.1',
    index: 'ifIndex ifRcvAddressAddress',
    columns: 'ifRcvAddressAddress ifRcvAddressStatus ifRcvAddressType',
  },
  atTable: {
    entry: '1.3.6.1.2.1.3.1.1',
    index: 'atIfIndex atNetAddress',
    columns: 'atIfIndex atPhysAddress atNetAddress',
  },
  ipAddrTable: {
    entry: '1.3.6.1.2.1.4.20.1',
    index: 'ipAdEntAddr',
    columns: 'ipAdEntAddr ipAdEntIfIndex ipAdEntNetMask ipAdEntBcastAddr ipAdEntReasmMaxSize',
  },
  ipRouteTable: {
    entry: '1.3.6.1.2.1.4.21.1',
    index: 'ipRouteDest',
    columns:
      'ipRouteDest ipRouteIfIndex ipRouteMetric1 ipRouteMetric2 ipRouteMetric3 ipRouteMetric4 ipRouteNextHop ipRouteType ' +
      'ipRouteProto ipRouteAge ipRouteMask ipRouteMetric5 ipRouteInfo',
  },
  ipNetToMediaTable: {
    entry: '1.3.6.1.2.1.4.22.1',
    index: 'ipNetToMediaIfIndex ipNetToMediaNetAddress',
    columns: 'ipNetToMediaIfIndex ipNetToMediaPhysAddress ipNetToMediaNetAddress ipNetToMediaType',
  },
  tcpConnTable: {
    entry: '1.3.6.1.2.1.6.13.1',
    index: 'tcpConnLocalAddress tcpConnLocalPort tcpConnRemAddress tcpConnRemPort',
    columns: 'tcpConnState tcpConnLocalAddress tcpConnLocalPort tcpConnRemAddress tcpConnRemPort',
  },
  udpTable: {
    entry: '1.3.6.1.2.1.7.5.1',
    index: 'udpLocalAddress udpLocalPort',
    columns: 'udpLocalAddress udpLocalPort',
  },
  hrStorageTable: {
    entry: '1.3.6.1.2.1.25.2.3.1',
    index: 'hrStorageIndex',
    columns:
      'hrStorageIndex hrStorageType hrStorageDescr hrStorageAllocationUnits hrStorageSize hrStorageUsed hrStorageAllocationFailures',
  },
  hrDeviceTable: {
    entry: '1.3.6.1.2.1.25.3.2.1',
    index: 'hrDeviceIndex',
    columns: 'hrDeviceIndex hrDeviceType hrDeviceDescr hrDeviceID hrDeviceStatus hrDeviceErrors',
  },
  hrProcessorTable: {
    entry: '1.3.6.1.2.1.25.3.3.1',
    index: 'hrDeviceIndex',
    columns: 'hrProcessorFrwID hrProcessorLoad',
  },
  hrNetworkTable: { entry: '1.3.6.1.2.1.25.3.4.1', index: 'hrDeviceIndex', columns: 'hrNetworkIfIndex' },
  hrPrinterTable: {
    entry: '1.3.6.1.2.1.25.3.5.1',
    index: 'hrDeviceIndex',
    columns: 'hrPrinterStatus hrPrinterDetectedErrorState',
  },
  hrDiskStorageTable: {
    entry: '1.3.6.1.2.1.25.3.6.1',
    index: 'hrDeviceIndex',
    columns: 'hrDiskStorageAccess hrDiskStorageMedia hrDiskStorageRemoveble hrDiskStorageCapacity',
  },
  hrPartitionTable: {
    entry: '1.3.6.1.2.1.25.3.7.1',
    index: 'hrDeviceIndex hrPartitionIndex',
    columns: 'hrPartitionIndex hrPartitionLabel hrPartitionID hrPartitionSize hrPartitionFSIndex',
  },
  hrFSTable: {
    entry: '1.3.6.1.2.1.25.3.8.1',
    index: 'hrFSIndex',
    columns:
      'hrFSIndex hrFSMountPoint hrFSRemoteMountPoint hrFSType hrFSAccess hrFSBootable hrFSStorageIndex hrFSLastFullBackupDate ' +
      'hrFSLastPartialBackupDate',
  },
  hrSWRunTable: {
    entry: '1.3.6.1.2.1.25.4.2.1',
    index: 'hrSWRunIndex',
    columns: 'hrSWRunIndex hrSWRunName hrSWRunID hrSWRunPath hrSWRunParameters hrSWRunType hrSWRunStatus',
  },
  hrSWRunPerfTable: {
    entry: '1.3.6.1.2.1.25.5.1.1',
    index: 'hrSWRunIndex',
    columns: 'hrSWRunPerfCPU hrSWRunPerfMem',
  },
  hrSWInstalledTable: {
    entry: '1.3.6.1.2.1.25.6.3.1',
    index: 'hrSWInstalledIndex',
    columns: 'hrSWInstalledIndex hrSWInstalledName hrSWInstalledID hrSWInstalledType hrSWInstalledDate',
  },
};

/** Traps that every agent may send (RFC 3418, RFC 2863), in the order of their numbers. */
export const TRAPS = 'coldStart warmStart linkDown linkUp authenticationFailure egpNeighborLoss';
export const TRAPS_AT = '1.3.6.1.6.3.1.1.5';
