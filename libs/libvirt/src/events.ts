import { isLibvirtError } from './libvirt-error.js';
import { messages, procedures } from './procedures.js';
import type { RpcConnection } from './rpc-connection.js';

const domainKinds = ['defined', 'undefined', 'started', 'suspended', 'resumed', 'stopped', 'shutdown', 'suspended', 'crashed'] as const;
const networkKinds = ['defined', 'undefined', 'started', 'stopped'] as const;
const poolKinds = ['defined', 'undefined', 'started', 'stopped', 'created', 'deleted'] as const;

/** What happened to something, whoever did it. libvirt has no events of single volumes; a pool that was looked at anew is `refreshed`. */
export interface LibvirtEvent {
  readonly of: 'domain' | 'network' | 'pool';
  readonly uuid: string;
  readonly name: string;
  readonly what: (typeof domainKinds | typeof networkKinds | typeof poolKinds)[number] | 'rebooted' | 'metadata' | 'refreshed' | 'other';
}

const domainEvents = { lifecycle: 0, reboot: 1, metadata: 23 } as const;
const LIFECYCLE = 0;
const POOL_REFRESH = 1;

/** Asks the daemon for its events. A hypervisor without networks or pools has none of those. */
export async function listen(rpc: RpcConnection, heard: (event: LibvirtEvent) => void): Promise<void> {
  rpc.onMessage(messages.domainLifecycle, ({ dom, event, detail }) => heard(named('domain', dom, happened(event, detail))));
  rpc.onMessage(messages.domainReboot, ({ dom }) => heard(named('domain', dom, 'rebooted')));
  rpc.onMessage(messages.domainMetadata, ({ dom }) => heard(named('domain', dom, 'metadata')));
  rpc.onMessage(messages.networkLifecycle, ({ net, event }) => heard(named('network', net, networkKinds[event])));
  rpc.onMessage(messages.poolLifecycle, ({ pool, event }) => heard(named('pool', pool, poolKinds[event])));
  rpc.onMessage(messages.poolRefresh, ({ pool }) => heard(named('pool', pool, 'refreshed')));
  for (const event of Object.values(domainEvents)) await rpc.call(procedures.registerDomainEvent, { event, dom: undefined });
  await whereKnown(rpc.call(procedures.registerNetworkEvent, { event: LIFECYCLE, net: undefined }));
  for (const event of [LIFECYCLE, POOL_REFRESH]) await whereKnown(rpc.call(procedures.registerPoolEvent, { event, pool: undefined }));
}

/** A machine whose process broke down is told as one that stopped, with that as the detail. */
const brokenDown: readonly number[] = [2, 5];
const happened = (event: number, detail: number): LibvirtEvent['what'] | undefined =>
  domainKinds[event] === 'stopped' && brokenDown.includes(detail) ? 'crashed' : domainKinds[event];

const named = (
  of: LibvirtEvent['of'],
  { uuid, name }: { readonly uuid: string; readonly name: string },
  what: LibvirtEvent['what'] = 'other',
): LibvirtEvent => ({ of, uuid, name, what });

const whereKnown = async (asked: Promise<unknown>): Promise<void> => {
  await asked.catch((error: unknown) => {
    if (!isLibvirtError(error, 'noSupport')) throw error;
  });
};
