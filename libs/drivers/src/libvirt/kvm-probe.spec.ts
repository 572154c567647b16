import { describe, expect, it } from '@jest/globals';
import type { LibvirtEvent } from '@klevr/libvirt/events';
import type { Hypervisor } from '@klevr/libvirt/hypervisor';
import { FakeClock } from '@klevr/platform/fake-clock';
import { isKvmWorthIt } from './kvm-probe.js';

/** A host on which a machine of this type comes up in so many milliseconds; with `null` never, and without a number there is no such type. */
const worth = (times: { readonly kvm?: number | null; readonly qemu?: number | null }): Promise<boolean> => {
  const clock = new FakeClock();
  let hear: (event: LibvirtEvent) => void = () => undefined;
  const startTransient = async (xml: string): Promise<object> => {
    const type = xml.includes('"kvm"') ? 'kvm' : 'qemu';
    const name = /<name>([^<]+)</.exec(xml)?.[1] ?? '';
    const ms = times[type];
    if (ms === null || ms === undefined) queueMicrotask(() => clock.advance(10_000));
    else
      queueMicrotask(() => {
        clock.advance(ms);
        hear({ of: 'domain', uuid: 'u', name, what: 'stopped' });
      });
    return {};
  };
  const hypervisor = {
    domainCapabilities: async (type: 'kvm' | 'qemu') => (times[type] === undefined ? undefined : '<domainCapabilities/>'),
    domains: { startTransient, destroy: async () => undefined },
    closed: new Promise(() => undefined),
  } as unknown as Hypervisor;
  return isKvmWorthIt(hypervisor, { clock, listen: (heard) => ((hear = heard), () => undefined) });
};

describe('KVM', () => {
  it('is taken where machines come up with it as fast as without it, or faster', async () => {
    expect(await worth({ kvm: 300, qemu: 700 })).toBe(true);
    expect(await worth({ kvm: 750, qemu: 700 })).toBe(true);
  });

  it('is left where it is slower than emulation, as where it is nested', async () => {
    expect(await worth({ kvm: 4_400, qemu: 900 })).toBe(false);
  });

  it('is left where nothing comes up with it, or there is none', async () => {
    expect(await worth({ kvm: null, qemu: 700 })).toBe(false);
    expect(await worth({ qemu: 700 })).toBe(false);
  });

  it('is taken where there is nothing else', async () => {
    expect(await worth({ kvm: 4_400 })).toBe(true);
  });
});
