import ipaddr from 'ipaddr.js';

/**
 * Where a callback may go: public unicast addresses, unless private ones are allowed.
 * Promises: addresses that hide another one in them (mapped, translated, tunnelled) are judged as private. Does not: resolve names; whoever
 * connects asks again with the address that was resolved.
 */
export class AddressPolicy {
  constructor(private readonly allowPrivate: boolean) {}

  allows(address: string): boolean {
    if (!ipaddr.isValid(address)) return false;
    return this.allowPrivate || ipaddr.process(address).range() === 'unicast';
  }

  /** What is wrong with the URL as far as it can be seen without resolving; a name is not judged yet. */
  faultOfUrl(url: string): string | undefined {
    const host = hostOf(url);
    if (!ipaddr.isValid(host) || this.allows(host)) return undefined;
    return 'leads to a private address, which this installation does not allow';
  }
}

export const hostOf = (url: string): string => new URL(url).hostname.replace(/^\[(.*)\]$/, '$1');

/** Scheme, host and port: what shares connections and its troubles. */
export const originOf = (url: string): string => new URL(url).origin.slice(0, 255);
