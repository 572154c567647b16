import type { PlanChange } from '@klevr/contracts/resource';
import type { Hypervisor } from '@klevr/libvirt/hypervisor';
import {
  type DriverHost,
  type DriverSession,
  type DriverWork,
  type Goal,
  type Observed,
  oneByOne,
  type Progress,
  SpecProblem,
} from '../driver.js';
import { type Bench, carryOutChange } from './carry-out.js';
import type { LibvirtLink } from './libvirt-link.js';
import { planOf } from './libvirt-plan.js';
import type { LibvirtSpec } from './libvirt-spec.js';
import { MachinePower } from './machine-power.js';
import { observedOf } from './observed-machines.js';
import { ownVolumes, poolFolders, type Present, readPresent } from './present.js';
import { VolumeSteps } from './volume-steps.js';
import { type Wish, wishOf } from './wish.js';

export interface SessionPlaces {
  readonly poolFolder: string;
  readonly consoleFolder: string;
}

type Health = Awaited<ReturnType<DriverSession['engineHealth']>>;

/** One resource at one libvirt. */
export class LibvirtSession implements DriverSession {
  private constructor(
    private readonly spec: LibvirtSpec,
    private readonly bench: Bench,
  ) {}

  static async open(
    spec: LibvirtSpec,
    work: DriverWork,
    { host, link, places }: { host: DriverHost; link: LibvirtLink; places: SessionPlaces },
  ): Promise<LibvirtSession> {
    const hypervisor = await link.hypervisor();
    const { usable, best: virtualisation } = await link.host();
    const folders = await poolFolders(hypervisor);
    const poolFolder = folders.get(spec.pool) ?? places.poolFolder;
    const paths = new Map((await ownVolumes(hypervisor, work.resource.id)).map(({ ref }) => [ref.name, ref.key]));
    const place = {
      pool: spec.pool,
      poolFolder,
      folderOf: (pool: string) => folders.get(pool),
      pathOf: (volume: string) => paths.get(volume),
      consoleFolder: places.consoleFolder,
      virtualisation,
    };
    const wish = await wishOf(spec, work, place);
    const own = new Map([...wish.machines, ...wish.networks].map(({ uuid, part }) => [uuid, part]));
    return new LibvirtSession(spec, {
      ...{ hypervisor, work, wish, usable },
      power: new MachinePower(hypervisor, link, host.clock, work.signal),
      volumes: new VolumeSteps(hypervisor, work, { pool: spec.pool, poolFolder, wished: wish.volumes }),
      present: () => readPresent(hypervisor, work.resource.id, own),
    });
  }

  async plan(goal: Goal): Promise<PlanChange[]> {
    const { hypervisor, wish, usable } = this.bench;
    if (goal.present) await refuseStrangers(hypervisor, wish);
    const pool = await hypervisor.storage.findPool(this.spec.pool);
    const active = pool !== undefined && (await hypervisor.storage.isPoolActive(pool));
    return planOf({ wish, goal, usable, present: await this.bench.present(), pool: { name: this.spec.pool, active } });
  }

  carryOut(changes: readonly PlanChange[], _goal: Goal, progress: Progress): Promise<void> {
    return oneByOne(changes, progress, (change) => carryOutChange(this.bench, change));
  }

  async observe(): Promise<Observed> {
    return observedOf(this.bench.hypervisor, await this.bench.present());
  }

  async engineHealth(part?: string): Promise<Health> {
    const present: Present = await this.bench.present();
    const wished = this.bench.wish.machines.filter((machine) => part === undefined || machine.part === part);
    const ill = wished.flatMap(({ part: name, spec }) => {
      const state = present.machines.find((machine) => machine.part === name)?.state;
      if (spec.state === 'stopped' || state === 'running' || state === 'blocked') return [];
      return [`${name} is ${state ?? 'not there'}`];
    });
    if (part !== undefined && wished.length === 0) return { state: 'unknown', message: `${part} is not a machine of this resource` };
    return ill.length > 0
      ? { state: 'unhealthy', message: ill.join('; ') }
      : { state: 'healthy', message: 'all machines are as they shall be' };
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}

/** A machine or network of the wished name that is somebody else's is never touched. */
const refuseStrangers = async ({ domains, networks }: Hypervisor, wish: Wish): Promise<void> => {
  const faults: { path: string; message: string }[] = [];
  for (const { key, name, uuid } of wish.machines) {
    const there = await domains.findByName(name);
    if (there !== undefined && there.uuid !== uuid)
      faults.push({
        path: `machines.${key}`,
        message: `libvirt has a machine ${name} that is not of this resource; give another domainName`,
      });
  }
  for (const { key, name, uuid } of wish.networks) {
    const there = await networks.findByName(name);
    if (there !== undefined && there.uuid !== uuid)
      faults.push({ path: `networks.${key}`, message: `libvirt has a network ${name} that is not of this resource` });
  }
  if (faults.length > 0) throw new SpecProblem(faults);
};
