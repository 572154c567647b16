import { Hypervisor } from '@klevr/libvirt/hypervisor';
import type { LibvirtEvent } from '@klevr/libvirt/events';
import type { Clock } from '@klevr/platform/clock';
import { isKvmWorthIt } from './kvm-probe.js';
import { readXml } from './xml.js';

export interface Endpoint {
  readonly uri: string;
  readonly socketPath: string;
}

/** What a host is and can, as its capabilities say. */
export interface HostFacts {
  readonly uuid: string;
  /** Domain types that may be had: kvm, qemu, test. */
  readonly usable: readonly string[];
  /** What a new machine gets. */
  readonly best: string;
}

/** The driver's one connection to a daemon: opened when somebody needs it, and again after it ended. Events of it go to all who listen. */
export class LibvirtLink {
  private opening: Promise<Hypervisor> | undefined;
  private facts: Promise<HostFacts> | undefined;
  /** Found out once: it takes seconds where it does not work. */
  private kvmBoots: boolean | undefined;
  private readonly listeners = new Set<(event: LibvirtEvent) => void>();

  constructor(
    readonly endpoint: Endpoint,
    private readonly settings: { readonly kvm: 'auto' | 'off'; readonly clock: Clock },
  ) {}

  hypervisor(): Promise<Hypervisor> {
    this.opening ??= this.open();
    return this.opening;
  }

  host(): Promise<HostFacts> {
    this.facts ??= this.readHost();
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
      const hear = (event: LibvirtEvent): void => {
        for (const heard of this.listeners) heard(event);
      };
      await hypervisor.listen(hear).catch(async (error: unknown) => {
        // The next try opens another one: the daemon takes only so many.
        await hypervisor.close().catch(() => undefined);
        throw error;
      });
      void hypervisor.closed.then(() => this.forget());
      return hypervisor;
    } catch (error) {
      this.forget();
      throw error;
    }
  }

  private async readHost(): Promise<HostFacts> {
    const hypervisor = await this.hypervisor();
    const { uuid, types } = typesIn(await hypervisor.capabilities());
    const usable = [...types].filter((type) => type !== 'kvm' || this.settings.kvm !== 'off');
    const tools = { listen: (heard: (event: LibvirtEvent) => void) => this.listen(heard), clock: this.settings.clock };
    if (usable.includes('kvm')) this.kvmBoots ??= await isKvmWorthIt(hypervisor, tools);
    const best = this.kvmBoots === true ? 'kvm' : usable.includes('qemu') ? 'qemu' : usable.find((type) => type !== 'kvm');
    if (best === undefined) throw new Error('this libvirt has nothing to run machines with');
    return { uuid, usable, best };
  }

  private forget(): void {
    this.opening = undefined;
    this.facts = undefined;
  }
}

/** Those of the host's own architecture first; where it does not tell one, those of all. */
const typesIn = (capabilities: string): { readonly uuid: string; readonly types: ReadonlySet<string> } => {
  const root = readXml(capabilities);
  const arch = root.text('host/cpu/arch');
  const all = root.all('guest/arch');
  const own = all.filter((guest) => guest.attribute('@name') === arch);
  const types = (own.length > 0 ? own : all).flatMap((guest) => guest.all('domain').map((type) => type.attribute('@type') ?? ''));
  return { uuid: root.text('host/uuid') ?? '', types: new Set(types) };
};
