import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { newId } from '@klevr/contracts/ids';
import { Hypervisor } from '@klevr/libvirt/hypervisor';
import { libvirtObstacle, PrivateLibvirtd } from '@klevr/testing/private-libvirtd';
import { driverContract } from '../driver-contract.fixture.js';
import { Lives, type DriverBed } from '../driver-lives.fixture.js';
import { hostIn, workOf } from '../work.fixture.js';
import { openLibvirtDriver } from './libvirt-driver.js';
import { uuidOf } from './ownership.js';

const uri = 'test:///default';
const pool = 'default-pool';
const spec = {
  pool,
  networks: { lan: { address: '192.0.2.1/24', dhcp: { from: '192.0.2.10', to: '192.0.2.20' } } },
  volumes: { data: { sizeGiB: 1 } },
  machines: {
    vm: { memoryMiB: 64, disks: [{ name: 'root', sizeGiB: 1 }, { volume: 'data' }], networks: [{ network: 'lan' }], snapshots: ['first'] },
  },
};
const changed = {
  ...spec,
  networks: { lan: { address: '198.51.100.1/24' } },
  machines: {
    vm: { ...spec.machines.vm, memoryMiB: 128, vcpus: 2, disks: [{ name: 'system', sizeGiB: 2 }, { volume: 'data' }], snapshots: [] },
  },
};

/** libvirt's pretended hypervisor: the same daemon and protocol, and machines that are there at once. */
const openBed = async (): Promise<DriverBed> => {
  const daemon = await PrivateLibvirtd.start();
  const folder = await mkdtemp(join(tmpdir(), 'klevr-libvirt-'));
  // Its world lasts as long as somebody is connected.
  const eye = await Hypervisor.open({ socketPath: daemon.socketPath, uri });
  const host = hostIn(folder, { libvirtUri: uri, libvirtSocket: daemon.socketPath });
  const engineOf = async (): Promise<Parameters<typeof workOf>[0]['engine']> => {
    const driver = openLibvirtDriver(host);
    const [engine] = await driver.engines();
    await driver.close();
    if (engine === undefined) throw new Error('there is no engine');
    return engine;
  };
  const engine = await engineOf();
  return {
    ...{ spec, changed },
    open: async () => openLibvirtDriver(host),
    work: (resource, wished, signal) => workOf({ engine, folder, resource, spec: wished, signal }),
    things: async () => {
      const found = await eye.storage.findPool(pool);
      if (found === undefined) throw new Error('the pool is gone');
      return [
        ...(await eye.domains.list()).map(({ name }) => `domain ${name}`),
        ...(await eye.networks.list()).map(({ name }) => `network ${name}`),
        ...(await eye.storage.volumes(found)).map(({ name }) => `volume ${name}`),
      ];
    },
    spoil: async ({ id }) => {
      const machine = await eye.domains.findByUuid(uuidOf(id, 'domain/vm'));
      if (machine === undefined) throw new Error('there is nothing to spoil');
      await eye.domains.destroy(machine);
    },
    close: async () => {
      await eye.close();
      await daemon.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
};

const obstacle = await libvirtObstacle();
const skip = obstacle === undefined ? undefined : `skipped: ${obstacle}`;
driverContract('libvirt', openBed, { skip });

(skip === undefined ? describe : describe.skip)(`volumes at libvirt${skip === undefined ? '' : ` (${skip})`}`, () => {
  it('stay in their pool where the section names another one, which is for those that are made from then on', async () => {
    const bed = await openBed();
    try {
      const lives = new Lives(() => bed);
      const resource = { id: newId('resource'), name: 'web' };
      const present = { present: true } as const;
      await lives.reach(resource, present, spec);
      const before = await bed.things();
      const elsewhere = { ...spec, pool: 'other' };
      expect((await lives.planned(resource, present, elsewhere)).filter(({ action }) => action !== 'none')).toEqual([]);
      const more = { ...elsewhere, volumes: { ...spec.volumes, more: { sizeGiB: 1 } } };
      const changes = (await lives.planned(resource, present, more)).filter(({ action }) => action !== 'none');
      expect(changes.map(({ part, action }) => `${action} ${part}`)).toEqual(['create pool/other', 'create volume/more']);
      await lives.reach(resource, present, more);
      expect(await bed.things()).toEqual(before);
      const { values } = await lives.work(resource, (session) => session.observe(), more);
      expect(values).toMatchObject({ volumes: { data: { pool }, more: { pool: 'other' } } });
      await lives.reach(resource, { present: false, deleteData: true }, more);
      expect((await lives.work(resource, (session) => session.observe(), more)).parts).toEqual([]);
    } finally {
      await bed.close();
    }
  });
});
