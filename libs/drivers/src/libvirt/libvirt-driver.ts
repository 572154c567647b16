import { access, constants, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Engine } from '@klevr/contracts/resource';
import type { Driver, DriverHost, DriverSession, DriverWork, OpenDriver, Watch } from '../driver.js';
import { readSection } from '../read-section.js';
import { type Endpoint, LibvirtLink } from './libvirt-link.js';
import { LibvirtSession, type SessionPlaces } from './libvirt-session.js';
import { LibvirtSpec } from './libvirt-spec.js';
import { LibvirtWatch } from './libvirt-watch.js';

/**
 * Machines at libvirt, by its own protocol over its unix socket.
 * Promises: what the interface promises; machines and networks of others are never touched; what holds data stays unless it is told to go. Does not: move machines
 * between hosts, or make a disk smaller.
 */
export const openLibvirtDriver: OpenDriver = (host) => new LibvirtDriver(host);

const SYSTEM_SOCKET = '/run/libvirt/libvirt-sock';

class LibvirtDriver implements Driver {
  readonly name = 'libvirt';
  private link: LibvirtLink | undefined;

  constructor(private readonly host: DriverHost) {}

  async engines(): Promise<Engine[]> {
    try {
      const link = await this.linked();
      if (link === undefined) return [];
      const hypervisor = await link.hypervisor();
      const { best } = await link.host();
      const { uri } = link.endpoint;
      const [version, type, hostname] = [await hypervisor.version(), await hypervisor.type(), await hypervisor.hostname()];
      const by = best === 'kvm' ? 'with KVM' : 'without KVM';
      return [{ driver: 'libvirt', id: await this.engineId(link), version, description: `${type} ${by} on ${hostname} (${uri})` }];
    } catch (error) {
      this.host.log.debug({ error }, 'libvirt is not to be reached');
      return [];
    }
  }

  async open(work: DriverWork): Promise<DriverSession> {
    const spec = readSection(LibvirtSpec, work.spec);
    const link = await this.linkTo(work.engine);
    const places = await this.places(link.endpoint);
    return LibvirtSession.open(spec, work, { host: this.host, link, places });
  }

  async watch(engine: Engine, changed: (resourceId: string, what: string) => void): Promise<Watch> {
    return LibvirtWatch.start(this.host, await this.linkTo(engine), changed);
  }

  async close(): Promise<void> {
    await this.link?.close();
  }

  private async linkTo(engine: Engine): Promise<LibvirtLink> {
    const link = await this.linked();
    if (link === undefined) throw new Error('this worker reaches no libvirt');
    const id = await this.engineId(link);
    if (id !== engine.id) throw new Error(`this worker reaches the libvirt ${id}, not ${engine.id}`);
    return link;
  }

  /** The system's libvirt is the host's; sessions of its users are others, each with its own machines. */
  private async engineId(link: LibvirtLink): Promise<string> {
    const { uuid } = await link.host();
    const { uri } = link.endpoint;
    if (uri.endsWith('/system')) return uuid;
    return uri.endsWith('/session') ? `${uuid}:session:${process.getuid?.() ?? 0}` : `${uuid}:${uri}`;
  }

  private async linked(): Promise<LibvirtLink | undefined> {
    if (this.link !== undefined) return this.link;
    const endpoint = await this.endpoint();
    if (endpoint !== undefined)
      this.link = new LibvirtLink(endpoint, { kvm: this.host.settings.libvirtKvm ?? 'auto', clock: this.host.clock });
    return this.link;
  }

  private async endpoint(): Promise<Endpoint | undefined> {
    const { libvirtUri, libvirtSocket } = this.host.settings;
    const runtime = this.host.environment['XDG_RUNTIME_DIR'] ?? join(this.host.environment['HOME'] ?? '/root', '.cache');
    const usual: Endpoint[] = [
      { uri: 'qemu:///system', socketPath: SYSTEM_SOCKET },
      { uri: 'qemu:///session', socketPath: join(runtime, 'libvirt/libvirt-sock') },
    ];
    if (libvirtSocket !== undefined) return { uri: libvirtUri ?? 'qemu:///system', socketPath: libvirtSocket };
    if (libvirtUri !== undefined) {
      const session = libvirtUri.endsWith('/session');
      return { uri: libvirtUri, socketPath: usual.find(({ uri }) => uri.endsWith('/session') === session)?.socketPath ?? SYSTEM_SOCKET };
    }
    for (const endpoint of usual) if (await isWritable(endpoint.socketPath)) return endpoint;
    return undefined;
  }

  /** The system's QEMU runs as another user, who may enter libvirt's own folders; a session's runs as this one. */
  private async places({ uri }: Endpoint): Promise<SessionPlaces> {
    const { libvirtPoolFolder, libvirtConsoleFolder } = this.host.settings;
    const system = uri.endsWith('/system');
    const consoleFolder = libvirtConsoleFolder ?? (system ? '/var/log/libvirt/qemu' : join(this.host.folder, 'console'));
    if (!system) await mkdir(consoleFolder, { recursive: true, mode: 0o700 });
    return { consoleFolder, poolFolder: libvirtPoolFolder ?? (system ? '/var/lib/libvirt/images/klevr' : join(this.host.folder, 'pool')) };
  }
}

const isWritable = (path: string): Promise<boolean> =>
  access(path, constants.W_OK).then(
    () => true,
    () => false,
  );
