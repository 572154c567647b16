/**
 * A libvirt daemon, spoken with in its own protocol (program 0x20008086, version 1) over its unix socket.
 * Promises: real error codes (LibvirtError), calls side by side, an end that is told (`closed`). Takes daemons that ask for no authentication, as their own user's
 * and root's socket do; one that wants SASL or polkit is refused with words. Does not connect again, and does not know TCP, TLS and SSH.
 */
import { Domains } from './domains.js';
import { type LibvirtEvent, listen } from './events.js';
import { isLibvirtError, LibvirtConnectionError } from './libvirt-error.js';
import { Networks } from './networks.js';
import { procedures } from './procedures.js';
import { RpcConnection, type RpcOptions } from './rpc-connection.js';
import { Storage } from './storage.js';

export interface HypervisorOptions extends RpcOptions {
  /** Of the driver behind the daemon: `qemu:///system`, `qemu:///session`, `test:///default`. */
  readonly uri: string;
}

const AUTH_NONE = 0;
const authNames: Readonly<Record<number, string>> = { 1: 'SASL', 2: 'polkit' };
const FEATURE_KEEPALIVE = 10;

export class Hypervisor {
  readonly domains: Domains;
  readonly storage: Storage;
  readonly networks: Networks;

  private constructor(private readonly rpc: RpcConnection) {
    this.domains = new Domains(rpc);
    this.storage = new Storage(rpc);
    this.networks = new Networks(rpc);
  }

  static async open(options: HypervisorOptions): Promise<Hypervisor> {
    const rpc = await RpcConnection.open(options);
    try {
      const { types } = await rpc.call(procedures.authList, undefined);
      if (types.length > 0 && !types.includes(AUTH_NONE)) {
        const wanted = types.map((type) => authNames[type] ?? `method ${type}`).join(' or ');
        throw new LibvirtConnectionError(
          `libvirt at ${options.socketPath} wants authentication by ${wanted}; run as root or let the user in by unix_sock_group and auth_unix_rw = "none"`,
        );
      }
      const { supported } = await rpc.call(procedures.supportsFeature, { feature: FEATURE_KEEPALIVE });
      if (supported) rpc.keepAlong();
      await rpc.call(procedures.connectOpen, { name: options.uri, flags: 0 });
      return new Hypervisor(rpc);
    } catch (error) {
      rpc.close();
      throw error;
    }
  }

  /** Resolves when the connection has ended, with the reason unless it was closed here. */
  get closed(): Promise<Error | undefined> {
    return this.rpc.closed;
  }

  /** Resolves when the daemon says what happens from now on. Once a connection. */
  listen(heard: (event: LibvirtEvent) => void): Promise<void> {
    return listen(this.rpc, heard);
  }

  async type(): Promise<string> {
    return (await this.rpc.call(procedures.getType, undefined)).type;
  }

  /** Of the hypervisor: `7.2.22`. */
  async version(): Promise<string> {
    return versionOf((await this.rpc.call(procedures.getVersion, undefined)).version);
  }

  async libvirtVersion(): Promise<string> {
    return versionOf((await this.rpc.call(procedures.getLibVersion, undefined)).version);
  }

  async uri(): Promise<string> {
    return (await this.rpc.call(procedures.getUri, undefined)).uri;
  }

  async hostname(): Promise<string> {
    return (await this.rpc.call(procedures.getHostname, undefined)).hostname;
  }

  /** XML of the host and of the guests that it can run. */
  async capabilities(): Promise<string> {
    return (await this.rpc.call(procedures.getCapabilities, undefined)).xml;
  }

  /** XML of what a domain of this kind may have; undefined where the host cannot run such. */
  async domainCapabilities(virtType: string): Promise<string | undefined> {
    const args = { emulator: undefined, arch: undefined, machine: undefined, virtType, flags: 0 };
    return this.rpc.call(procedures.getDomainCapabilities, args).then(
      ({ xml }) => xml,
      (error: unknown) => {
        if (error instanceof LibvirtConnectionError) throw error;
        return undefined;
      },
    );
  }

  async close(): Promise<void> {
    await this.rpc.call(procedures.connectClose, undefined, CLOSE_TIMEOUT_MS).catch((error: unknown) => {
      if (!(error instanceof LibvirtConnectionError) && !isLibvirtError(error, 'noSupport')) throw error;
    });
    this.rpc.close();
    await this.rpc.closed;
  }
}

const CLOSE_TIMEOUT_MS = 5_000;

const versionOf = (version: number): string =>
  `${Math.floor(version / 1_000_000)}.${Math.floor(version / 1_000) % 1_000}.${version % 1_000}`;
