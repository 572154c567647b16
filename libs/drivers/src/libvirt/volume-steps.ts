import type { Hypervisor } from '@klevr/libvirt/hypervisor';
import { isLibvirtError } from '@klevr/libvirt/libvirt-error';
import type { NamedRef, VolumeRef } from '@klevr/libvirt/procedures';
import type { DriverWork } from '../driver.js';
import { headBytes, type Present } from './present.js';
import { poolXml, readVolume, volumeXml } from './volume-facts.js';
import type { Content, WishedVolume } from './wish.js';

/** Makes, fills, grows and removes the volumes of one resource in its pool. */
export class VolumeSteps {
  constructor(
    private readonly hypervisor: Hypervisor,
    private readonly work: DriverWork,
    private readonly place: { readonly pool: string; readonly poolFolder: string; readonly wished: readonly WishedVolume[] },
  ) {}

  /** The pool belongs to all resources together, and stays. */
  async ensurePool(): Promise<NamedRef> {
    const { storage } = this.hypervisor;
    const { pool: name, poolFolder } = this.place;
    const pool = (await storage.findPool(name)) ?? (await storage.definePool(poolXml(name, poolFolder)));
    if (await storage.isPoolActive(pool)) return pool;
    // A folder that is there is taken as it is; what else is wrong with it shows when the pool is started.
    await storage.buildPool(pool).catch(() => undefined);
    await storage.startPool(pool).catch(async (error: unknown) => {
      if (!(await storage.isPoolActive(pool))) throw error;
    });
    await storage.setPoolAutostart(pool, true);
    return pool;
  }

  async apply(part: string, present: Present): Promise<void> {
    const wished = this.place.wished.find((volume) => volume.part === part);
    if (wished === undefined) throw new Error(`${part} is not in the section`);
    const { storage } = this.hypervisor;
    const there = present.volumes.find((volume) => volume.part === part);
    if (there !== undefined && !there.whole) await storage.deleteVolume(there.ref);
    const ref = there?.whole === true ? there.ref : await this.create(await this.ensurePool(), wished);
    await this.grow(ref, wished);
  }

  async remove(part: string, present: Present): Promise<void> {
    for (const { ref } of present.volumes.filter((volume) => volume.part === part))
      await this.hypervisor.storage.deleteVolume(ref).catch((error: unknown) => {
        if (!isLibvirtError(error, 'noStorageVolume')) throw error;
      });
  }

  private async create(pool: NamedRef, wished: WishedVolume): Promise<VolumeRef> {
    const { storage } = this.hypervisor;
    const { name, format, capacityBytes, backing } = wished;
    // Left by hand in the folder, or by an attempt of before: unknown to libvirt until it looks.
    await storage.refreshPool(pool);
    if (wished.content !== undefined) {
      const content = await wished.content();
      const blank = { name, format: 'raw', capacityBytes: content.bytes, backing: undefined };
      const ref = await this.made(pool, name, () => storage.createVolume(pool, volumeXml(blank)));
      this.work.say(`${wished.part}: ${content.bytes} bytes to the pool ${pool.name}`);
      await this.fill(ref, content);
      // So that libvirt knows what came into it.
      await storage.refreshPool(pool);
      return ref;
    }
    if (wished.copyOf === undefined)
      return this.made(pool, name, () => storage.createVolume(pool, volumeXml({ name, format, capacityBytes, backing })));
    const from = await storage.findPool(wished.copyOf.pool);
    const source = from === undefined ? undefined : await storage.findVolume(from, wished.copyOf.volume);
    if (source === undefined) throw new Error(`there is no volume ${wished.copyOf.volume} in the pool ${wished.copyOf.pool}`);
    return this.made(pool, name, () =>
      storage.cloneVolume(pool, volumeXml({ name, format, capacityBytes: undefined, backing: undefined }), source),
    );
  }

  /** One that was made before its worker heard of it is taken as it is. */
  private async made(pool: NamedRef, name: string, make: () => Promise<VolumeRef>): Promise<VolumeRef> {
    return (await this.hypervisor.storage.findVolume(pool, name)) ?? make();
  }

  /** The head comes last: a volume that has one has all. */
  private async fill(ref: VolumeRef, content: Content): Promise<void> {
    const { storage } = this.hypervisor;
    const { signal } = this.work;
    let head: Buffer = Buffer.alloc(0);
    const rest = async function* (): AsyncGenerator<Buffer> {
      for await (const piece of content.pieces()) {
        const missing = headBytes - head.length;
        if (missing > 0) head = Buffer.concat([head, piece.subarray(0, missing)]);
        const body = missing > 0 ? piece.subarray(missing) : piece;
        if (body.length > 0) yield body;
      }
    };
    if (content.bytes > headBytes) await storage.upload(ref, { offset: headBytes, length: content.bytes - headBytes }, rest(), signal);
    else for await (const piece of content.pieces()) head = Buffer.concat([head, piece]);
    if (!head.some((byte) => byte !== 0)) throw new Error(`${ref.name} begins with zeros, which no disk and no kernel does`);
    await storage.upload(ref, { offset: 0, length: head.length }, [head], signal);
  }

  private async grow(ref: VolumeRef, { capacityBytes, content }: WishedVolume): Promise<void> {
    if (capacityBytes === undefined || content !== undefined) return;
    const { storage } = this.hypervisor;
    const has = readVolume(await storage.volumeXml(ref)).capacityBytes;
    if (has < capacityBytes) await storage.resizeVolume(ref, capacityBytes);
  }
}
