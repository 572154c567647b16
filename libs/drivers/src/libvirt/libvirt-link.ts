import { Hypervisor } from '@klevr/libvirt/hypervisor';
import type { LibvirtEvent } from '@klevr/libvirt/events';
import { readXml } from './xml.js';

export interface Endpoint {
  readonly uri: string;
  readonly socketPath: string;
}

/** What a host is and can, as its capabilities say. */
export interface HostFacts {
  readonly uuid: string;
  /** Domain types that may be had, the best first. */
  readonly virtualisations: readonly string[];
}

/** The driver's one connection to a daemon: opened when somebody needs it, and again after it ended. Events of it go to all who listen. */
export class LibvirtLink {
  private opening: Promise<Hypervisor> | undefined;
  private facts: Promise<HostFacts> | undefined;
  private readonly listeners = new Set<(event: LibvirtEvent) => void>();

  constructor(
    readonly endpoint: Endpoint,
    private readonly kvm: 'auto' | 'off',
  ) {}

  hypervisor(): Promise<Hypervisor> {
    this.opening ??= this.open();
    return this.opening;
  }

  host(): Promise<HostFacts> {
    this.facts ??= this.hypervisor().then((hypervisor) => hostFacts(hypervisor, this.kvm));
    this.facts.catch(() => (this.facts = undefined));
    return this.facts;
  }

  /** Answers how to stop listening. */
  listen(heard: (event: LibvirtEvent) => void): () => void {
    this.listeners.add(heard);
    return () => void this.listeners.delete(heard);
  }

  async close(): Promise<void> {
    const open = await this.opening?.catch(() => undefined);
    await open?.close();
  }

  private async open(): Promise<Hypervisor> {
    try {
      const hypervisor = await Hypervisor.open(this.endpoint);
      await hypervisor.listen((event) => {
        for (const heard of this.listeners) heard(event);
      });
      void hypervisor.closed.then(() => this.forget());
      return hypervisor;
    } catch (error) {
      this.forget();
      throw error;
    }
  }

  private forget(): void {
    this.opening = undefined;
    this.facts = undefined;
  }
}

const hostFacts = async (hypervisor: Hypervisor, kvm: 'auto' | 'off'): Promise<HostFacts> => {
  const root = readXml(await hypervisor.capabilities());
  const arch = root.text('host/cpu/arch');
  const guests = root.all('guest/arch').filter((guest) => arch === undefined || guest.attribute('@name') === arch);
  const found = new Set(
    (guests.length > 0 ? guests : root.all('guest/arch')).flatMap((guest) =>
      guest.all('domain').map((type) => type.attribute('@type') ?? ''),
    ),
  );
  if (found.has('kvm') && (kvm === 'off' || !(await startsWithKvm(hypervisor)))) found.delete('kvm');
  const order = ['kvm', 'qemu'];
  const virtualisations = [...found].toSorted((one, other) => rank(order, one) - rank(order, other));
  return { uuid: root.text('host/uuid') ?? '', virtualisations };
};

const rank = (order: readonly string[], name: string): number => (order.includes(name) ? order.indexOf(name) : order.length);

/** Hosts say that they have it, and yet no machine comes up where virtualisation is nested or forbidden: so one is tried, which is gone when it stops. */
const startsWithKvm = async (hypervisor: Hypervisor): Promise<boolean> => {
  if ((await hypervisor.domainCapabilities('kvm')) === undefined) return false;
  const name = `klevr-probe-${process.pid}-${Date.now()}`;
  const xml = `<domain type="kvm"><name>${name}</name><memory unit="MiB">16</memory><os><type>hvm</type></os></domain>`;
  try {
    const dom = await hypervisor.domains.startTransient(xml);
    try {
      return (await hypervisor.domains.state(dom)) === 'running';
    } finally {
      await hypervisor.domains.destroy(dom);
    }
  } catch {
    return false;
  }
};
