import { randomUUID } from 'node:crypto';
import type { LibvirtEvent } from '@klevr/libvirt/events';
import type { Hypervisor } from '@klevr/libvirt/hypervisor';
import type { Clock } from '@klevr/platform/clock';
import { element, leaf } from './xml.js';

/** It takes a fraction of a second where it works. */
const WITHIN_MS = 5_000;

/**
 * Whether a machine really comes up with KVM. Hosts say that they have it, and yet none executes anything where virtualisation is nested or half forbidden. So one
 * without disks is tried: its firmware finds nothing to boot and resets, and by that reset the machine ends; one that breaks down does not count. It is kept by
 * nobody.
 */
export const bootsWithKvm = async (
  hypervisor: Hypervisor,
  { listen, clock }: { listen: (heard: (event: LibvirtEvent) => void) => () => void; clock: Clock },
  type: 'kvm' | 'qemu' = 'kvm',
): Promise<boolean> => {
  if ((await hypervisor.domainCapabilities(type)) === undefined) return false;
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
  try {
    const dom = await hypervisor.domains.startTransient(xml);
    const boots = await ended;
    if (!boots) await hypervisor.domains.destroy(dom);
    return boots;
  } catch {
    return false;
  } finally {
    cancel();
    forget();
  }
};
