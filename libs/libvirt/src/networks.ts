import { isLibvirtError } from './libvirt-error.js';
import { type NamedRef, procedures } from './procedures.js';
import type { RpcConnection } from './rpc-connection.js';

const XML_INACTIVE = 1;

export interface Lease {
  readonly mac: string | undefined;
  readonly address: string;
  readonly hostname: string | undefined;
}

/** Virtual networks. What is looked for and not there is undefined. */
export class Networks {
  constructor(private readonly rpc: RpcConnection) {}

  async list(): Promise<readonly NamedRef[]> {
    return (await this.rpc.call(procedures.listNetworks, { needResults: true, flags: 0 })).networks;
  }

  async findByName(name: string): Promise<NamedRef | undefined> {
    return orMissing(this.rpc.call(procedures.networkByName, { name }).then(({ net }) => net));
  }

  async findByUuid(uuid: string): Promise<NamedRef | undefined> {
    return orMissing(this.rpc.call(procedures.networkByUuid, { uuid }).then(({ net }) => net));
  }

  async define(xml: string): Promise<NamedRef> {
    return (await this.rpc.call(procedures.defineNetwork, { xml })).net;
  }

  async start(net: NamedRef): Promise<void> {
    await this.rpc.call(procedures.startNetwork, { net });
  }

  /** Stops it. One that does not run stays so. */
  async stop(net: NamedRef): Promise<void> {
    await this.rpc.call(procedures.destroyNetwork, { net }).catch((error: unknown) => {
      if (!isLibvirtError(error, 'noNetwork', 'operationInvalid')) throw error;
    });
  }

  async undefine(net: NamedRef): Promise<void> {
    await this.rpc.call(procedures.undefineNetwork, { net });
  }

  /** As it will be started next. */
  async xml(net: NamedRef): Promise<string> {
    const asked = this.rpc.call(procedures.networkXml, { net, flags: XML_INACTIVE }).catch((error: unknown) => {
      // A hypervisor that has only one of them does not know the flag.
      if (!isLibvirtError(error, 'invalidArgument')) throw error;
      return this.rpc.call(procedures.networkXml, { net, flags: 0 });
    });
    return (await asked).xml;
  }

  async isActive(net: NamedRef): Promise<boolean> {
    return (await this.rpc.call(procedures.isNetworkActive, { net })).active;
  }

  async autostart(net: NamedRef): Promise<boolean> {
    return (await this.rpc.call(procedures.networkAutostart, { net })).autostart;
  }

  async setAutostart(net: NamedRef, autostart: boolean): Promise<void> {
    await this.rpc.call(procedures.setNetworkAutostart, { net, autostart });
  }

  async leases(net: NamedRef): Promise<readonly Lease[]> {
    return (await this.rpc.call(procedures.dhcpLeases, { net, mac: undefined, needResults: true, flags: 0 })).leases;
  }
}

const orMissing = <T>(asked: Promise<T>): Promise<T | undefined> =>
  asked.catch((error: unknown) => {
    if (isLibvirtError(error, 'noNetwork')) return undefined;
    throw error;
  });
