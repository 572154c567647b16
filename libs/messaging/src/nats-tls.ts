import { isIP } from 'node:net';
import { checkServerIdentity, type ConnectionOptions as TlsConnectOptions } from 'node:tls';
import type { ConnectionOptions, TlsOptions } from '@nats-io/transport-node';

/** Files, read anew at every connect. */
export interface NatsTls {
  /** The certificate of the authority that signed the servers'; without it, those of the system are believed. */
  readonly caFile?: string | undefined;
  /** For servers that want one of the client as well. */
  readonly certFile?: string | undefined;
  readonly keyFile?: string | undefined;
}

/** TLS where a file is given or an address asks for it. The client then speaks with no server that does not. */
export function natsTlsOptions(servers: readonly string[], { caFile, certFile, keyFile }: NatsTls = {}): Pick<ConnectionOptions, 'tls'> {
  const files = {
    ...(caFile === undefined ? {} : { caFile }),
    ...(certFile === undefined ? {} : { certFile }),
    ...(keyFile === undefined ? {} : { keyFile }),
  };
  if (Object.keys(files).length === 0 && !servers.some((url) => url.startsWith('tls://'))) return {};
  const tls: TlsOptions & Pick<TlsConnectOptions, 'checkServerIdentity'> = { ...files, checkServerIdentity: identityCheck(servers) };
  return { tls };
}

/** The client has Node verify `localhost` where a server is given by its address. */
const identityCheck = (servers: readonly string[]): typeof checkServerIdentity => {
  const hosts = servers.map((url) => new URL(url.replace(/^\w+:/, 'http:')).hostname.replace(/^\[|\]$/g, ''));
  const addresses = hosts.filter((host) => isIP(host) !== 0);
  return (host, certificate) => {
    const names = host === 'localhost' && addresses.length > 0 && !hosts.includes(host) ? addresses : [host];
    const faults = names.map((name) => checkServerIdentity(name, certificate));
    return faults.includes(undefined) ? undefined : faults[0];
  };
};

/** The client tells no more than that time is up. */
export class TlsSilenceError extends Error {
  override readonly name = 'TlsSilenceError';
  readonly code = 'KLEVR_TLS_SILENCE';

  constructor(cause: unknown) {
    super('the NATS server said nothing more once TLS was agreed on', { cause });
  }
}
