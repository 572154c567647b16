import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { newId } from '@klevr/contracts/ids';
import type { Engine, PlanChange } from '@klevr/contracts/resource';
import { Hypervisor } from '@klevr/libvirt/hypervisor';
import type { DomainRef } from '@klevr/libvirt/procedures';
import { Secret } from '@klevr/recipes/secret';
import { eventually } from '@klevr/testing/eventually';
import { libvirtObstacle, PrivateLibvirtd } from '@klevr/testing/private-libvirtd';
import { makeTinyMachine, type TinyMachine } from '@klevr/testing/tiny-machine';
import type { Driver, DriverSession, Goal, Progress } from '../driver.js';
import { hostIn, workOf } from '../work.fixture.js';
import { openLibvirtDriver } from './libvirt-driver.js';
import { uuidOf } from './ownership.js';

const obstacle = await libvirtObstacle();
const present: Goal = { present: true };
const gone: Goal = { present: false, deleteData: true };
const uri = 'qemu:///session';
/** The guest tells what it finds: what cloud-init would read, how large its disk is, and how often that disk has seen a start. */
const script = [
  'exec >/dev/ttyS0 2>&1',
  'mount -t vfat -o ro /dev/vdb /mnt && echo "SEED $(cat /mnt/user-data) $(head -n 1 /mnt/meta-data)"',
  'echo "DISK $(cat /sys/block/vda/size)"',
  "starts=$(( $(head -c 4 /dev/vda | tr -d '\\0') + 1 ))",
  'echo "$starts" | dd of=/dev/vda bs=4 count=1 conv=notrunc,fsync 2>/dev/null',
  'echo "STARTS $starts END"',
].join('\n');

(obstacle === undefined ? describe : describe.skip)(
  `machines that really run${obstacle === undefined ? '' : ` (skipped: ${obstacle})`}`,
  () => {
    let daemon: PrivateLibvirtd;
    let eye: Hypervisor;
    let folder: string;
    let tiny: TinyMachine;
    let driver: Driver;
    let engine: Engine;
    const resource = { id: newId('resource'), name: 'vm' };

    beforeAll(async () => {
      [daemon, folder] = await Promise.all([PrivateLibvirtd.start(), mkdtemp(join(tmpdir(), 'klevr-vm-'))]);
      tiny = await makeTinyMachine(folder, script);
      eye = await Hypervisor.open({ socketPath: daemon.socketPath, uri });
      driver = openLibvirtDriver(hostIn(folder, { libvirtUri: uri, libvirtSocket: daemon.socketPath }));
      const [found] = await driver.engines();
      if (found === undefined) throw new Error('there is no engine');
      engine = found;
    }, 240_000);
    afterAll(async () => {
      await driver?.close();
      await eye?.close();
      await daemon?.close();
      await rm(folder, { recursive: true, force: true, maxRetries: 5 });
    });

    const spec = (machine: object = {}): Record<string, unknown> => ({
      volumes: { data: { sizeGiB: 0.01 } },
      machines: {
        one: {
          memoryMiB: 160,
          boot: { kernel: { file: tiny.kernel }, initrd: { file: tiny.initrd }, cmdline: 'console=ttyS0 quiet' },
          disks: [{ volume: 'data' }],
          cloudInit: { userData: new Secret('password', 'hush', resource.id) },
          networks: [{ user: true }],
          // Its guest does not listen to a power button.
          shutdownSeconds: 0,
          ...machine,
        },
      },
    });
    const working = async <T>(wished: Record<string, unknown>, work: (session: DriverSession) => Promise<T>, of = resource): Promise<T> => {
      const session = await driver.open(await workOf({ engine, folder, resource: of, spec: wished }));
      try {
        return await work(session);
      } finally {
        await session.close();
      }
    };
    const planned = (wished: Record<string, unknown>, goal: Goal = present): Promise<PlanChange[]> =>
      working(wished, (session) => session.plan(goal));
    const goesOn: Progress = () => Promise.resolve();
    const reach = (wished: Record<string, unknown>, goal: Goal = present, progress = goesOn): Promise<void> =>
      working(wished, async (session) => session.carryOut(await session.plan(goal), goal, progress));
    const todo = async (wished: Record<string, unknown>): Promise<string[]> =>
      (await planned(wished)).filter(({ action }) => action !== 'none').map(({ part, action }) => `${action} ${part}`);
    const machine = async (): Promise<DomainRef> => {
      const ref = await eye.domains.findByUuid(uuidOf(resource.id, 'domain/one'));
      if (ref === undefined) throw new Error('the machine is not there');
      return ref;
    };
    const consoleLog = async (): Promise<string> => {
      const { parts } = await working(spec(), (session) => session.observe());
      return readFile(String(parts.find(({ part }) => part === 'domain/one')?.details['consoleLog']), 'utf8');
    };
    /** What the disk counted at each start. */
    const starts = async (): Promise<string[]> => [...(await consoleLog()).matchAll(/STARTS (\d+) END/g)].map((match) => match[1] ?? '');
    const startedMoreThan = async (times: number): Promise<string> => {
      try {
        return await eventually(`${times + 1} starts`, 100_000, async () => (await starts())[times]);
      } catch (error) {
        const state = await eye.domains.state(await machine());
        throw new Error(`not booted, but ${state}: ${await consoleLog().catch(String)}`, { cause: error });
      }
    };

    it('boots a kernel, with its disk and its seed for cloud-init, to what it says on its serial console', async () => {
      await reach(spec());
      expect(await startedMoreThan(0)).toBe('1');
      const said = await consoleLog();
      expect(said).toContain(`SEED hush instance-id: ${resource.id}-one-`);
      expect(said).toContain(`DISK ${(11 * 1024 ** 2) / 512}`);
      expect(await todo(spec())).toEqual([]);
      expect(await working(spec(), (session) => session.engineHealth('domain/one'))).toMatchObject({ state: 'healthy' });
      expect(JSON.stringify(await planned(spec()))).not.toContain('hush');
    }, 200_000);

    it('tells by an event that it was switched off outside, and brings it back', async () => {
      const heard: string[] = [];
      const watch = await driver.watch?.(engine, (id, what) => void heard.push(`${id} ${what}`));
      await eye.domains.destroy(await machine());
      await eventually('the event', 20_000, () => heard.find((one) => one === `${resource.id} machine klevr-vm-one stopped`));
      expect(await todo(spec())).toEqual(['update domain/one']);
      expect(await working(spec(), (session) => session.engineHealth())).toEqual({ state: 'unhealthy', message: 'domain/one is shut off' });
      await reach(spec());
      await eye.domains.undefine(await machine());
      await eventually('the event', 20_000, () => heard.find((one) => one === `${resource.id} machine klevr-vm-one undefined`));
      expect((await planned(spec())).find(({ part }) => part === 'domain/one')?.fields).toContainEqual({
        path: 'kept',
        before: false,
        after: true,
      });
      await reach(spec());
      expect(await todo(spec())).toEqual([]);
      await watch?.stop();
    }, 60_000);

    it('goes back to a snapshot, once: the disk is as it was', async () => {
      await reach(spec({ state: 'stopped', snapshots: ['clean'] }));
      expect(await eye.domains.state(await machine())).toBe('shut off');
      expect((await eye.domains.snapshots(await machine())).map(({ name }) => name)).toEqual(['klevr-clean']);
      const before = (await starts()).length;
      await reach(spec({ snapshots: ['clean'] }));
      const counted = await startedMoreThan(before);
      const back = spec({ snapshots: ['clean'], revert: { to: 'clean', token: 'monday' } });
      expect((await planned(back)).find(({ part }) => part === 'domain/one')?.fields).toEqual([
        { path: 'reverted', before: null, after: 'monday' },
      ]);
      await reach(back);
      expect(await startedMoreThan(before + 1)).toBe(counted);
      expect(await todo(back)).toEqual([]);
      expect(await todo(spec())).toEqual(['delete snapshot/one/clean']);
      await reach(spec());
      expect(await eye.domains.snapshots(await machine())).toEqual([]);
    }, 180_000);

    it('says that a restart is needed for what cannot be changed while it runs, and does it', async () => {
      await reach(spec());
      const larger = spec({ memoryMiB: 192 });
      const change = (await planned(larger)).find(({ part }) => part === 'domain/one');
      expect(change).toMatchObject({
        action: 'update',
        reason: 'restart needed',
        fields: [{ path: 'memoryKiB', before: 163_840, after: 196_608 }],
      });
      // Cut off between its description and its restart.
      const ref = await machine();
      await eye.domains.define((await eye.domains.xml(ref, 'kept')).replaceAll("'KiB'>163840<", "'KiB'>196608<"));
      expect((await planned(larger)).find(({ part }) => part === 'domain/one')).toMatchObject({
        reason: 'restart needed',
        fields: [{ path: 'running.memoryKiB' }],
      });
      await reach(larger);
      expect(await todo(larger)).toEqual([]);
    }, 60_000);

    it('makes a volume again whose content did not come whole', async () => {
      const pool = await eye.storage.findPool('klevr');
      if (pool === undefined) throw new Error('there is no pool');
      const seed = (await eye.storage.volumes(pool)).find(({ name }) => name.includes('.seed.'));
      if (seed === undefined) throw new Error('there is no seed');
      await eye.storage.upload(seed, { offset: 0, length: 512 }, [Buffer.alloc(512)]);
      expect(
        (await planned(spec())).filter(({ action }) => action === 'replace').map(({ part, reason }) => [part.split('.')[0], reason]),
      ).toEqual([['seed/one', 'was begun, and is not whole']]);
      await reach(spec());
      expect(await todo(spec())).toEqual([]);
    }, 60_000);

    it('comes back to a daemon that died, whose machines ran on', async () => {
      const heard: string[] = [];
      const watch = await driver.watch?.(engine, (id, what) => void heard.push(`${id} ${what}`));
      await daemon.restart();
      await eventually('libvirt is back', 30_000, () => heard.find((one) => one === `${resource.id} libvirt is back`));
      eye = await Hypervisor.open({ socketPath: daemon.socketPath, uri });
      expect(await eye.domains.state(await machine())).toBe('running');
      expect(await todo(spec())).toEqual([]);
      await watch?.stop();
    }, 60_000);

    it("leaves a stranger's machine alone, and says that it is in the way", async () => {
      const stranger = await eye.domains.define(
        '<domain type="qemu"><name>klevr-other-one</name><memory unit="MiB">16</memory><os><type>hvm</type></os></domain>',
      );
      const other = { id: newId('resource'), name: 'other' };
      await expect(working(spec(), (session) => session.plan(present), other)).rejects.toThrow(
        'machines.one: libvirt has a machine klevr-other-one that is not of this resource',
      );
      expect(await eye.domains.findByUuid(stranger.uuid)).toEqual(stranger);
      await eye.domains.undefine(stranger);
    });

    it('clones a disk from an image, makes it larger, and replaces it where the image is another', async () => {
      const disks = (image: string, sizeGiB: number): Record<string, unknown> =>
        spec({ state: 'stopped', disks: [{ name: 'root', image: { file: image, format: 'raw', copy: true }, sizeGiB }] });
      await writeFile(join(folder, 'a.img'), Buffer.alloc(700_000, 'a'));
      await writeFile(join(folder, 'b.img'), Buffer.alloc(700_000, 'b'));
      await reach(disks(join(folder, 'a.img'), 0.01));
      const grown = disks(join(folder, 'a.img'), 0.02);
      expect(await todo(grown)).toEqual(
        [expect.stringMatching(/^update disk\/one-root/), 'update domain/one', 'keep volume/data'].filter(
          (line) => line !== 'keep volume/data',
        ),
      );
      await reach(grown);
      expect(await todo(grown)).toEqual([]);
      await expect(planned(disks(join(folder, 'a.img'), 0.01))).rejects.toThrow('cannot be made smaller without losing data');
      await reach(disks(join(folder, 'b.img'), 0.02));
      const pool = await eye.storage.findPool('klevr');
      const names = pool === undefined ? [] : (await eye.storage.volumes(pool)).map(({ name }) => name);
      expect(names.filter((name) => /\.(disk|image)\./.test(name))).toHaveLength(2);
    }, 60_000);

    it('leaves nothing when all is to go', async () => {
      await reach(spec(), gone);
      expect(await eye.domains.list()).toEqual([]);
      const pool = await eye.storage.findPool('klevr');
      expect(pool === undefined ? [] : await eye.storage.volumes(pool)).toEqual([]);
      expect((await working(spec(), (session) => session.observe())).parts).toEqual([]);
    }, 60_000);
  },
);
