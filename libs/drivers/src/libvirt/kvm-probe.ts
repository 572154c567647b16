import { randomUUID } from 'node:crypto';
import type { LibvirtEvent } from '@klevr/libvirt/events';
import type { Hypervisor } from '@klevr/libvirt/hypervisor';
import type { Clock } from '@klevr/platform/clock';
import { element, leaf } from './xml.js';

const WITHIN_MS = 5_000;
/** One measurement of each is taken, on a host that has other work as well. */
const slowerAtMost = 1.5;

export interface ProbeTools {
  readonly listen: (heard: (event: LibvirtEvent) => void) => () => void;
  readonly clock: Clock;
}

/**
 * Whether machines are better run with KVM than with emulation. Hosts say that they have it, and yet where virtualisation is nested or half forbidden none executes
 * anything, or slower than emulation does, and no system comes up in time. So it is tried with both.
 */
export const isKvmWorthIt = async (hypervisor: Hypervisor, tools: ProbeTools): Promise<boolean> => {
  const withKvm = await comesUpInMs(hypervisor, 'kvm', tools);
  if (withKvm === undefined) return false;
  const emulated = await comesUpInMs(hypervisor, 'qemu', tools);
  return emulated === undefined || withKvm <= emulated * slowerAtMost;
};

/**
 * How long it takes until a machine has come up and ended by itself; undefined where it does not. It has no disks: its firmware finds nothing to boot and resets,
 * and by that reset the machine ends; one that breaks down does not count. It is kept by nobody.
 */
export const comesUpInMs = async (
  hypervisor: Hypervisor,
  type: 'kvm' | 'qemu',
  { listen, clock }: ProbeTools,
): Promise<number | undefined> => {
  if ((await hypervisor.domainCapabilities(type)) === undefined) return undefined;
  const name = `klevr-probe-${randomUUID()}`;
  const xml = element(
    'domain',
    { type },
    leaf('name', name),
    leaf('memory', 16, { unit: 'MiB' }),
    element('os', {}, leaf('type', 'hvm'), element('bios', { rebootTimeout: 0 })),
    leaf('on_reboot', 'destroy'),
  );
  let told: (boots: boolean) => void = () => undefined;
  const ended = new Promise<boolean>((resolve) => (told = resolve));
  const forget = listen((event) => {
    if (event.name === name && (event.what === 'stopped' || event.what === 'crashed')) told(event.what === 'stopped');
  });
  const cancel = clock.setTimer(() => told(false), WITHIN_MS);
  void hypervisor.closed.then(() => told(false));
  const beganMs = clock.monotonicMs();
  try {
    const dom = await hypervisor.domains.startTransient(xml);
    if (await ended) return clock.monotonicMs() - beganMs;
    await hypervisor.domains.destroy(dom);
    return undefined;
  } catch {
    return undefined;
  } finally {
    cancel();
    forget();
  }
};
