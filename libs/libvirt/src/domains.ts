import { isLibvirtError } from './libvirt-error.js';
import { type DomainRef, procedures, type SnapshotRef } from './procedures.js';
import type { RpcConnection } from './rpc-connection.js';

export const domainStates = ['no state', 'running', 'blocked', 'paused', 'shutting down', 'shut off', 'crashed', 'suspended'] as const;
export type DomainState = (typeof domainStates)[number];

/** virDomainDefineFlags and their like: numbers of libvirt. */
const VALIDATE = 1;
const XML_INACTIVE = 2;
const METADATA_ELEMENT = 2;
const AFFECT_CONFIG = 2;
const UNDEFINE_ALL = 1 | 2 | 4 | 16;
/** Saved memory and snapshots: all that hypervisors without NVRAM and checkpoints know. */
const UNDEFINE_BASIC = 1 | 2;
const addressSources = { lease: 0, agent: 1, arp: 2 } as const;

export interface InterfaceAddresses {
  readonly name: string;
  readonly mac: string | undefined;
  readonly addresses: readonly { readonly address: string; readonly prefix: number }[];
}

/** Virtual machines. What is looked for and not there is undefined; all else that libvirt refuses is a LibvirtError. */
export class Domains {
  constructor(private readonly rpc: RpcConnection) {}

  async list(): Promise<readonly DomainRef[]> {
    return (await this.rpc.call(procedures.listDomains, { needResults: true, flags: 0 })).domains;
  }

  async findByName(name: string): Promise<DomainRef | undefined> {
    return orMissing(this.rpc.call(procedures.domainByName, { name }).then(({ dom }) => dom));
  }

  async findByUuid(uuid: string): Promise<DomainRef | undefined> {
    return orMissing(this.rpc.call(procedures.domainByUuid, { uuid }).then(({ dom }) => dom));
  }

  /** Makes it or changes it; checked against libvirt's schema. What runs goes on as it was until it is started anew. */
  async define(xml: string): Promise<DomainRef> {
    return (await this.rpc.call(procedures.defineDomain, { xml, flags: VALIDATE })).dom;
  }

  async start(dom: DomainRef): Promise<DomainRef> {
    return (await this.rpc.call(procedures.createDomain, { dom, flags: 0 })).dom;
  }

  /** Runs it without keeping it: it is gone once it stops. */
  async startTransient(xml: string): Promise<DomainRef> {
    return (await this.rpc.call(procedures.createTransientDomain, { xml, flags: 0 })).dom;
  }

  /** Asks the machine to go down; that it did is told by an event. */
  async shutdown(dom: DomainRef): Promise<void> {
    await this.rpc.call(procedures.shutdownDomain, { dom, flags: 0 });
  }

  /** Pulls the plug. One that does not run stays so. */
  async destroy(dom: DomainRef): Promise<void> {
    await this.rpc.call(procedures.destroyDomain, { dom, flags: 0 }).catch((error: unknown) => {
      if (!isLibvirtError(error, 'noDomain', 'operationInvalid')) throw error;
    });
  }

  /** With what libvirt keeps beside it: saved memory, the records of snapshots, NVRAM. */
  async undefine(dom: DomainRef): Promise<void> {
    await this.rpc.call(procedures.undefineDomain, { dom, flags: UNDEFINE_ALL }).catch(async (error: unknown) => {
      if (!isLibvirtError(error, 'invalidArgument')) throw error;
      await this.rpc.call(procedures.undefineDomain, { dom, flags: UNDEFINE_BASIC });
    });
  }

  /** `kept`: as it will be started next; `running`: as it is now. */
  async xml(dom: DomainRef, which: 'kept' | 'running'): Promise<string> {
    return (await this.rpc.call(procedures.domainXml, { dom, flags: which === 'kept' ? XML_INACTIVE : 0 })).xml;
  }

  async state(dom: DomainRef): Promise<DomainState> {
    const { state } = await this.rpc.call(procedures.domainState, { dom, flags: 0 });
    return domainStates[state] ?? 'no state';
  }

  /** False for one that is gone once it stops. */
  async isPersistent(dom: DomainRef): Promise<boolean> {
    return (await this.rpc.call(procedures.isDomainPersistent, { dom })).persistent;
  }

  async autostart(dom: DomainRef): Promise<boolean> {
    return (await this.rpc.call(procedures.domainAutostart, { dom })).autostart;
  }

  async setAutostart(dom: DomainRef, autostart: boolean): Promise<void> {
    await this.rpc.call(procedures.setDomainAutostart, { dom, autostart });
  }

  /** The element of a name space in the domain's metadata, as it is kept. */
  async metadata(dom: DomainRef, uri: string): Promise<string | undefined> {
    const ask = async (flags: number): Promise<string> =>
      (await this.rpc.call(procedures.domainMetadata, { dom, type: METADATA_ELEMENT, uri, flags })).metadata;
    try {
      return await ask(AFFECT_CONFIG).catch((error: unknown) => {
        // One that is not kept has only what it runs with.
        if (!isLibvirtError(error, 'operationInvalid')) throw error;
        return ask(0);
      });
    } catch (error) {
      if (isLibvirtError(error, 'noDomainMetadata', 'noDomain')) return undefined;
      throw error;
    }
  }

  async setMetadata(dom: DomainRef, { uri, key, element }: { uri: string; key: string; element: string }): Promise<void> {
    const args = { dom, type: METADATA_ELEMENT, metadata: element, key, uri, flags: AFFECT_CONFIG };
    await this.rpc.call(procedures.setDomainMetadata, args);
  }

  /** Empty where that source knows nothing of it. */
  async addresses(dom: DomainRef, from: keyof typeof addressSources): Promise<readonly InterfaceAddresses[]> {
    const asked = this.rpc.call(procedures.domainAddresses, { dom, source: addressSources[from], flags: 0 });
    return asked.then(
      ({ interfaces }) => interfaces,
      () => [],
    );
  }

  async createSnapshot(dom: DomainRef, xml: string): Promise<SnapshotRef> {
    return (await this.rpc.call(procedures.createSnapshot, { dom, xml, flags: 0 }, SLOW_MS)).snapshot;
  }

  async snapshots(dom: DomainRef): Promise<readonly SnapshotRef[]> {
    return (await this.rpc.call(procedures.listSnapshots, { dom, needResults: true, flags: 0 })).snapshots;
  }

  async findSnapshot(dom: DomainRef, name: string): Promise<SnapshotRef | undefined> {
    return orMissing(this.rpc.call(procedures.snapshotByName, { dom, name, flags: 0 }).then(({ snapshot }) => snapshot));
  }

  async revert(snapshot: SnapshotRef): Promise<void> {
    await this.rpc.call(procedures.revertToSnapshot, { snapshot, flags: 0 }, SLOW_MS);
  }

  async deleteSnapshot(snapshot: SnapshotRef): Promise<void> {
    await this.rpc.call(procedures.deleteSnapshot, { snapshot, flags: 0 }, SLOW_MS);
  }
}

/** Memory is written to a disk, or read from it. */
const SLOW_MS = 600_000;

const orMissing = <T>(asked: Promise<T>): Promise<T | undefined> =>
  asked.catch((error: unknown) => {
    if (isLibvirtError(error, 'noDomain', 'noDomainSnapshot')) return undefined;
    throw error;
  });
