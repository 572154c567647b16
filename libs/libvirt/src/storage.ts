import { isLibvirtError } from './libvirt-error.js';
import { type NamedRef, procedures, type VolumeRef } from './procedures.js';
import type { RpcConnection } from './rpc-connection.js';
import { downloadVolume, type Range, uploadVolume } from './volume-stream.js';

/** A clone of a large image takes its time. */
const SLOW_MS = 3_600_000;

/** Storage pools and the volumes in them. What is looked for and not there is undefined. */
export class Storage {
  constructor(private readonly rpc: RpcConnection) {}

  async pools(): Promise<readonly NamedRef[]> {
    return (await this.rpc.call(procedures.listPools, { needResults: true, flags: 0 })).pools;
  }

  async findPool(name: string): Promise<NamedRef | undefined> {
    return orMissing(this.rpc.call(procedures.poolByName, { name }).then(({ pool }) => pool));
  }

  async definePool(xml: string): Promise<NamedRef> {
    return (await this.rpc.call(procedures.definePool, { xml, flags: 0 })).pool;
  }

  /** Makes what it needs on the host: the folder of a pool that is one. */
  async buildPool(pool: NamedRef): Promise<void> {
    await this.rpc.call(procedures.buildPool, { pool, flags: 0 });
  }

  async startPool(pool: NamedRef): Promise<void> {
    await this.rpc.call(procedures.createPool, { pool, flags: 0 });
  }

  async stopPool(pool: NamedRef): Promise<void> {
    await this.rpc.call(procedures.destroyPool, { pool });
  }

  async undefinePool(pool: NamedRef): Promise<void> {
    await this.rpc.call(procedures.undefinePool, { pool });
  }

  /** Looks at what lies in it, where files came and went without libvirt. */
  async refreshPool(pool: NamedRef): Promise<void> {
    await this.rpc.call(procedures.refreshPool, { pool, flags: 0 });
  }

  async isPoolActive(pool: NamedRef): Promise<boolean> {
    return (await this.rpc.call(procedures.isPoolActive, { pool })).active;
  }

  async setPoolAutostart(pool: NamedRef, autostart: boolean): Promise<void> {
    await this.rpc.call(procedures.setPoolAutostart, { pool, autostart });
  }

  async poolXml(pool: NamedRef): Promise<string> {
    return (await this.rpc.call(procedures.poolXml, { pool, flags: 0 })).xml;
  }

  async volumes(pool: NamedRef): Promise<readonly VolumeRef[]> {
    return (await this.rpc.call(procedures.listVolumes, { pool, needResults: true, flags: 0 })).volumes;
  }

  async findVolume(pool: NamedRef, name: string): Promise<VolumeRef | undefined> {
    return orMissing(this.rpc.call(procedures.volumeByName, { pool, name }).then(({ vol }) => vol));
  }

  async findVolumeByPath(path: string): Promise<VolumeRef | undefined> {
    return orMissing(this.rpc.call(procedures.volumeByPath, { path }).then(({ vol }) => vol));
  }

  async createVolume(pool: NamedRef, xml: string): Promise<VolumeRef> {
    return (await this.rpc.call(procedures.createVolume, { pool, xml, flags: 0 }, SLOW_MS)).vol;
  }

  /** A whole copy of another volume, in the format that the XML says. */
  async cloneVolume(pool: NamedRef, xml: string, source: VolumeRef): Promise<VolumeRef> {
    return (await this.rpc.call(procedures.cloneVolume, { pool, xml, source, flags: 0 }, SLOW_MS)).vol;
  }

  async deleteVolume(vol: VolumeRef): Promise<void> {
    await this.rpc.call(procedures.deleteVolume, { vol, flags: 0 });
  }

  async resizeVolume(vol: VolumeRef, capacityBytes: number): Promise<void> {
    await this.rpc.call(procedures.resizeVolume, { vol, capacity: capacityBytes, flags: 0 });
  }

  async volumeXml(vol: VolumeRef): Promise<string> {
    return (await this.rpc.call(procedures.volumeXml, { vol, flags: 0 })).xml;
  }

  /** From `offset` on; `length` 0 leaves open how much it is. */
  upload(vol: VolumeRef, range: Range, source: AsyncIterable<Buffer> | Iterable<Buffer>, signal?: AbortSignal): Promise<void> {
    return uploadVolume(this.rpc, vol, range, source, signal);
  }

  download(vol: VolumeRef, range: Range): Promise<Buffer> {
    return downloadVolume(this.rpc, vol, range);
  }
}

const orMissing = <T>(asked: Promise<T>): Promise<T | undefined> =>
  asked.catch((error: unknown) => {
    if (isLibvirtError(error, 'noStoragePool', 'noStorageVolume')) return undefined;
    throw error;
  });
