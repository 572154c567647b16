import type { Hypervisor } from '@klevr/libvirt/hypervisor';
import type { LibvirtEvent } from '@klevr/libvirt/events';
import type { DriverHost, Watch } from '../driver.js';
import type { LibvirtLink } from './libvirt-link.js';
import { markOf } from './present.js';
import { readXml } from './xml.js';

const RECONNECT_MS = 1_000;
const RECONNECT_MAX_MS = 30_000;

/**
 * Tells which resources something happened to. Promises: it comes back after the daemon was away, and then tells of all that it knows of. Volumes have no events
 * at libvirt; a pool that is stopped concerns all.
 */
export class LibvirtWatch implements Watch {
  /** UUID of a machine or network → its resource; also of those that are gone, as their events come late. */
  private readonly known = new Map<string, string>();
  private stopped = false;
  private wake: () => void = () => undefined;
  private forget: () => void = () => undefined;
  private running: Promise<void> = Promise.resolve();

  private constructor(
    private readonly host: DriverHost,
    private readonly link: LibvirtLink,
    private readonly changed: (resourceId: string, what: string) => void,
  ) {}

  static async start(host: DriverHost, link: LibvirtLink, changed: (resourceId: string, what: string) => void): Promise<LibvirtWatch> {
    const watch = new LibvirtWatch(host, link, changed);
    watch.forget = link.listen((event) => void watch.heard(event));
    const hypervisor = await link.hypervisor();
    await watch.learn(hypervisor);
    watch.running = watch.stay(hypervisor);
    return watch;
  }

  async stop(): Promise<void> {
    this.stopped = true;
    this.forget();
    this.wake();
    await this.running;
  }

  private async stay(first: Hypervisor): Promise<void> {
    let hypervisor: Hypervisor | undefined = first;
    for (let waitMs = RECONNECT_MS; !this.stopped;) {
      if (hypervisor !== undefined) await Promise.race([hypervisor.closed, this.woken()]);
      else await this.pause(waitMs);
      if (this.stopped) return;
      try {
        hypervisor = await this.link.hypervisor();
        await this.learn(hypervisor);
        waitMs = RECONNECT_MS;
        for (const id of new Set(this.known.values())) this.changed(id, 'libvirt is back');
      } catch (error) {
        this.host.log.debug({ error, uri: this.link.endpoint.uri }, 'libvirt is not to be reached');
        waitMs = hypervisor === undefined ? Math.min(waitMs * 2, RECONNECT_MAX_MS) : RECONNECT_MS;
        hypervisor = undefined;
      }
    }
  }

  private async heard({ of, uuid, what, name }: LibvirtEvent): Promise<void> {
    try {
      if (of === 'pool') {
        if (what !== 'refreshed') for (const id of new Set(this.known.values())) this.changed(id, `pool ${name} ${what}`);
        return;
      }
      if (!this.known.has(uuid) && what !== 'undefined') await this.learn(await this.link.hypervisor());
      const id = this.known.get(uuid);
      if (id !== undefined) this.changed(id, `${of === 'domain' ? 'machine' : 'network'} ${name} ${what}`);
    } catch (error) {
      this.host.log.debug({ error, name }, 'what libvirt told of is not to be found out');
    }
  }

  private async learn(hypervisor: Hypervisor): Promise<void> {
    const domains = await hypervisor.domains.list();
    for (const ref of domains) {
      if (this.known.has(ref.uuid)) continue;
      const mark = await markOf(hypervisor, ref);
      if (mark !== undefined) this.known.set(ref.uuid, mark.resourceId);
    }
    for (const ref of await hypervisor.networks.list().catch(() => [])) {
      if (this.known.has(ref.uuid)) continue;
      const id = await hypervisor.networks.xml(ref).then(
        (xml) => readXml(xml).find('metadata/resource')?.attribute('@id'),
        () => undefined,
      );
      if (id !== undefined) this.known.set(ref.uuid, id);
    }
  }

  private woken(): Promise<void> {
    return new Promise((resolve) => (this.wake = resolve));
  }

  private async pause(delayMs: number): Promise<void> {
    await new Promise<void>((resolve) => {
      const cancel = this.host.clock.setTimer(resolve, delayMs);
      this.wake = () => {
        cancel();
        resolve();
      };
    });
  }
}
