import type { Xdr } from './xdr.js';
import { flag, int32, int64, listOf, nothing, optional, struct, text, uint32, uint64, uuid } from './xdr-types.js';

/** The calls of libvirt's program "remote", version 1: their numbers, what they take and what they answer. Only those that somebody makes stand here. */
export interface Procedure<A, R> {
  readonly number: number;
  readonly args: Xdr<A>;
  readonly result: Xdr<R>;
}

/** `id` is -1 while the domain is not active. */
export interface DomainRef {
  readonly name: string;
  readonly uuid: string;
  readonly id: number;
}
export interface NamedRef {
  readonly name: string;
  readonly uuid: string;
}
export interface VolumeRef {
  readonly pool: string;
  readonly name: string;
  /** For volumes that are files: the path. */
  readonly key: string;
}
export interface SnapshotRef {
  readonly name: string;
  readonly dom: DomainRef;
}

export const domainRef: Xdr<DomainRef> = struct({ name: text, uuid, id: int32 });
export const namedRef: Xdr<NamedRef> = struct({ name: text, uuid });
const volumeRef: Xdr<VolumeRef> = struct({ pool: text, name: text, key: text });
const snapshotRef: Xdr<SnapshotRef> = struct({ name: text, dom: domainRef });

const procedure = <A, R>(number: number, args: Xdr<A>, result: Xdr<R>): Procedure<A, R> => ({ number, args, result });
const flags = uint32;
const listArgs = struct({ needResults: flag, flags });
const xmlArgs = struct({ xml: text, flags });
const dom = struct({ dom: domainRef });
const domFlags = struct({ dom: domainRef, flags });
const net = struct({ net: namedRef });
const pool = struct({ pool: namedRef });
const poolFlags = struct({ pool: namedRef, flags });
const volFlags = struct({ vol: volumeRef, flags });
const xml = struct({ xml: text });
const registered = struct({ callbackId: int32 });

export const procedures = {
  authList: procedure(66, nothing, struct({ types: listOf(int32) })),
  connectOpen: procedure(1, struct({ name: optional(text), flags }), nothing),
  connectClose: procedure(2, nothing, nothing),
  supportsFeature: procedure(60, struct({ feature: int32 }), struct({ supported: flag })),
  getType: procedure(3, nothing, struct({ type: text })),
  getVersion: procedure(4, nothing, struct({ version: uint64 })),
  getLibVersion: procedure(157, nothing, struct({ version: uint64 })),
  getUri: procedure(110, nothing, struct({ uri: text })),
  getHostname: procedure(59, nothing, struct({ hostname: text })),
  getCapabilities: procedure(7, nothing, xml),
  getDomainCapabilities: procedure(
    342,
    struct({ emulator: optional(text), arch: optional(text), machine: optional(text), virtType: optional(text), flags }),
    xml,
  ),

  listDomains: procedure(273, listArgs, struct({ domains: listOf(domainRef), count: uint32 })),
  domainByName: procedure(23, struct({ name: text }), dom),
  domainByUuid: procedure(24, struct({ uuid }), dom),
  defineDomain: procedure(350, xmlArgs, dom),
  createDomain: procedure(196, domFlags, dom),
  createTransientDomain: procedure(10, xmlArgs, dom),
  shutdownDomain: procedure(258, domFlags, nothing),
  destroyDomain: procedure(234, domFlags, nothing),
  undefineDomain: procedure(231, domFlags, nothing),
  domainXml: procedure(14, domFlags, xml),
  domainState: procedure(212, domFlags, struct({ state: int32, reason: int32 })),
  isDomainPersistent: procedure(151, dom, struct({ persistent: flag })),
  domainAutostart: procedure(15, dom, struct({ autostart: flag })),
  setDomainAutostart: procedure(29, struct({ dom: domainRef, autostart: flag }), nothing),
  setDomainMetadata: procedure(
    264,
    struct({ dom: domainRef, type: int32, metadata: optional(text), key: optional(text), uri: optional(text), flags }),
    nothing,
  ),
  domainMetadata: procedure(265, struct({ dom: domainRef, type: int32, uri: optional(text), flags }), struct({ metadata: text })),
  domainAddresses: procedure(
    353,
    struct({ dom: domainRef, source: uint32, flags }),
    struct({
      interfaces: listOf(
        struct({
          name: text,
          mac: optional(text),
          addresses: listOf(struct({ type: int32, address: text, prefix: uint32 })),
        }),
      ),
    }),
  ),

  createSnapshot: procedure(185, struct({ dom: domainRef, xml: text, flags }), struct({ snapshot: snapshotRef })),
  listSnapshots: procedure(
    274,
    struct({ dom: domainRef, needResults: flag, flags }),
    struct({ snapshots: listOf(snapshotRef), count: int32 }),
  ),
  snapshotByName: procedure(189, struct({ dom: domainRef, name: text, flags }), struct({ snapshot: snapshotRef })),
  revertToSnapshot: procedure(192, struct({ snapshot: snapshotRef, flags }), nothing),
  deleteSnapshot: procedure(193, struct({ snapshot: snapshotRef, flags }), nothing),

  listPools: procedure(281, listArgs, struct({ pools: listOf(namedRef), count: uint32 })),
  poolByName: procedure(84, struct({ name: text }), pool),
  definePool: procedure(77, xmlArgs, pool),
  buildPool: procedure(79, poolFlags, nothing),
  createPool: procedure(78, poolFlags, nothing),
  destroyPool: procedure(80, pool, nothing),
  undefinePool: procedure(82, pool, nothing),
  refreshPool: procedure(83, poolFlags, nothing),
  isPoolActive: procedure(154, pool, struct({ active: flag })),
  setPoolAutostart: procedure(90, struct({ pool: namedRef, autostart: flag }), nothing),
  poolXml: procedure(88, poolFlags, xml),
  listVolumes: procedure(282, struct({ pool: namedRef, needResults: flag, flags }), struct({ volumes: listOf(volumeRef), count: uint32 })),
  volumeByName: procedure(95, struct({ pool: namedRef, name: text }), struct({ vol: volumeRef })),
  volumeByPath: procedure(97, struct({ path: text }), struct({ vol: volumeRef })),
  createVolume: procedure(93, struct({ pool: namedRef, xml: text, flags }), struct({ vol: volumeRef })),
  cloneVolume: procedure(125, struct({ pool: namedRef, xml: text, source: volumeRef, flags }), struct({ vol: volumeRef })),
  deleteVolume: procedure(94, volFlags, nothing),
  resizeVolume: procedure(260, struct({ vol: volumeRef, capacity: uint64, flags }), nothing),
  volumeXml: procedure(99, volFlags, xml),
  uploadVolume: procedure(208, struct({ vol: volumeRef, offset: uint64, length: uint64, flags }), nothing),
  downloadVolume: procedure(209, struct({ vol: volumeRef, offset: uint64, length: uint64, flags }), nothing),

  listNetworks: procedure(283, listArgs, struct({ networks: listOf(namedRef), count: uint32 })),
  networkByName: procedure(46, struct({ name: text }), net),
  networkByUuid: procedure(47, struct({ uuid }), net),
  defineNetwork: procedure(41, xml, net),
  startNetwork: procedure(39, net, nothing),
  destroyNetwork: procedure(42, net, nothing),
  undefineNetwork: procedure(49, net, nothing),
  networkXml: procedure(43, struct({ net: namedRef, flags }), xml),
  isNetworkActive: procedure(152, net, struct({ active: flag })),
  networkAutostart: procedure(44, net, struct({ autostart: flag })),
  setNetworkAutostart: procedure(48, struct({ net: namedRef, autostart: flag }), nothing),
  dhcpLeases: procedure(
    341,
    struct({ net: namedRef, mac: optional(text), needResults: flag, flags }),
    struct({
      leases: listOf(
        struct({
          iface: text,
          expiresAt: int64,
          type: int32,
          mac: optional(text),
          iaid: optional(text),
          address: text,
          prefix: uint32,
          hostname: optional(text),
          clientId: optional(text),
        }),
      ),
      count: uint32,
    }),
  ),

  registerDomainEvent: procedure(316, struct({ event: int32, dom: optional(domainRef) }), registered),
  registerNetworkEvent: procedure(313, struct({ event: int32, net: optional(namedRef) }), registered),
  registerPoolEvent: procedure(368, struct({ event: int32, pool: optional(namedRef) }), registered),
} as const;

/** What libvirt says by itself once it was asked to: the numbers of the messages, and what is in them. */
export const messages = {
  domainLifecycle: { number: 318, body: struct({ callbackId: int32, dom: domainRef, event: int32, detail: int32 }) },
  domainReboot: { number: 319, body: struct({ callbackId: int32, dom: domainRef }) },
  domainMetadata: { number: 379, body: struct({ callbackId: int32, dom: domainRef, type: int32, uri: optional(text) }) },
  networkLifecycle: { number: 315, body: struct({ callbackId: int32, net: namedRef, event: int32, detail: int32 }) },
  poolLifecycle: { number: 370, body: struct({ callbackId: int32, pool: namedRef, event: int32, detail: int32 }) },
  poolRefresh: { number: 373, body: struct({ callbackId: int32, pool: namedRef }) },
} as const;
