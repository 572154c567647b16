import { unlink } from 'node:fs/promises';
import { basename } from 'node:path';
import type { PlanChange } from '@klevr/contracts/resource';
import type { Hypervisor } from '@klevr/libvirt/hypervisor';
import { isLibvirtError } from '@klevr/libvirt/libvirt-error';
import { type DriverWork, SpecProblem } from '../driver.js';
import { usedBy } from './libvirt-plan.js';
import { factsFor, machineDifferences } from './machine-differences.js';
import { machineXml } from './machine-facts.js';
import { MachinePower } from './machine-power.js';
import { networkXml } from './network-facts.js';
import { consoleLogName, markElement, snapshotPrefix } from './ownership.js';
import type { Present, PresentMachine } from './present.js';
import { VolumeSteps } from './volume-steps.js';
import type { Wish, WishedMachine, WishedNetwork } from './wish.js';
import { leaf, element } from './xml.js';

export interface Bench {
  readonly hypervisor: Hypervisor;
  readonly work: DriverWork;
  readonly wish: Wish;
  readonly usable: readonly string[];
  readonly power: MachinePower;
  readonly volumes: VolumeSteps;
  /** As it is now. */
  readonly present: () => Promise<Present>;
}

/** For machines whose section says nothing any more. */
const USUAL_SHUTDOWN_SECONDS = 60;

/**
 * Carries out one change of a plan. Each looks anew at what is there and does what is missing, so that it may be done again after it was cut off anywhere inside.
 */
export const carryOutChange = async (bench: Bench, { part, action }: PlanChange): Promise<void> => {
  bench.work.signal.throwIfAborted();
  const [kind = '', ...rest] = part.split('/');
  const gone = action === 'delete';
  if (kind === 'pool') await bench.volumes.ensurePool();
  else if (kind === 'network') await (gone ? deleteNetwork(bench, part) : applyNetwork(bench, part));
  else if (kind === 'domain') await (gone ? deleteMachine(bench, part) : applyMachine(bench, part));
  else if (kind === 'snapshot') await applySnapshot(bench, rest, gone);
  else if (gone) await bench.volumes.remove(part, await bench.present());
  else {
    await stopUsers(bench, part);
    await bench.volumes.apply(part, await bench.present());
  }
};

const stopUsers = async ({ wish, power, present }: Bench, part: string): Promise<void> => {
  const { machines } = await present();
  for (const machine of wish.machines.filter((one) => usedBy(one, wish).includes(part))) {
    const there = machines.find((one) => one.part === machine.part);
    if (there !== undefined) await power.down(there.ref, machine.spec.shutdownSeconds);
  }
};

const wishedIn = <T extends { readonly part: string }>(all: readonly T[], part: string): T => {
  const found = all.find((one) => one.part === part);
  if (found === undefined) throw new Error(`${part} is not in the section`);
  return found;
};

const applyNetwork = async (bench: Bench, part: string): Promise<void> => {
  const { networks } = bench.hypervisor;
  const wished: WishedNetwork = wishedIn(bench.wish.networks, part);
  const there = (await bench.present()).networks.find((network) => network.part === part);
  const same = there !== undefined && there.ref.name === wished.name && JSON.stringify(there.facts) === JSON.stringify(wished.facts);
  if (!same || !there.active) await stopUsers(bench, part);
  if (there !== undefined && !same) {
    await networks.stop(there.ref);
    if (there.ref.name !== wished.name) await networks.undefine(there.ref);
  }
  const mark = markElement({ resourceId: bench.work.resource.id, part, reverted: undefined });
  const ref = same && there.marked ? there.ref : await networks.define(networkXml({ ...wished, mark }, wished.facts));
  await networks.setAutostart(ref, wished.autostart);
  if (!(await networks.isActive(ref))) await networks.start(ref);
};

const deleteNetwork = async ({ hypervisor: { networks }, present }: Bench, part: string): Promise<void> => {
  const there = (await present()).networks.find((network) => network.part === part);
  if (there === undefined) return;
  await networks.stop(there.ref);
  await networks.undefine(there.ref).catch((error: unknown) => {
    if (!isLibvirtError(error, 'noNetwork')) throw error;
  });
};

const applyMachine = async (bench: Bench, part: string): Promise<void> => {
  const { domains } = bench.hypervisor;
  const wished: WishedMachine = wishedIn(bench.wish.machines, part);
  const there = (await bench.present()).machines.find((machine) => machine.part === part);
  const differences = there === undefined ? undefined : machineDifferences(wished, there, bench.usable);
  const { spec } = wished;
  if (there !== undefined && differences?.revert === true) await revert(bench, there, wished);
  // A revert may have started it, with the description of then.
  if (there !== undefined && (differences?.restart === true || differences?.stop === true || differences?.revert === true))
    await bench.power.down(there.ref, spec.shutdownSeconds);
  if (there !== undefined && differences?.rename === true) {
    await bench.power.down(there.ref, spec.shutdownSeconds);
    await dropSnapshots(bench, there);
    await undefine(bench, there);
  }
  bench.work.signal.throwIfAborted();
  let ref = there?.ref;
  if (ref === undefined || differences?.define !== false) {
    const facts = factsFor(wished, there, bench.usable);
    const mark = markElement({ resourceId: bench.work.resource.id, part, reverted: spec.revert?.token ?? there?.mark?.reverted });
    ref = await domains.define(machineXml({ uuid: wished.uuid, name: wished.name, mark }, facts));
  }
  await domains.setAutostart(ref, spec.autostart);
  if (spec.state === 'running') await bench.power.up(ref);
};

const revert = async ({ hypervisor: { domains }, work }: Bench, there: PresentMachine, { spec }: WishedMachine): Promise<void> => {
  const snapshot = await domains.findSnapshot(there.ref, `${snapshotPrefix}${spec.revert?.to ?? ''}`);
  if (snapshot === undefined)
    throw new SpecProblem([
      { path: `machines.${there.part.replace('domain/', '')}.revert.to`, message: 'there is no such snapshot to go back to' },
    ]);
  work.say(`${there.part}: back to the snapshot ${spec.revert?.to ?? ''}`);
  await domains.revert(snapshot);
};

const deleteMachine = async (bench: Bench, part: string): Promise<void> => {
  const there = (await bench.present()).machines.find((machine) => machine.part === part);
  if (there === undefined) return;
  const spec = bench.wish.machines.find((machine) => machine.part === part)?.spec;
  await bench.power.down(there.ref, spec?.shutdownSeconds ?? USUAL_SHUTDOWN_SECONDS);
  await dropSnapshots(bench, there);
  await undefine(bench, there);
  const { consoleLog } = there.kept;
  // Somebody may have given it another one by hand, which may be any file of the host.
  const isOwn = consoleLog !== null && basename(consoleLog) === consoleLogName(bench.work.resource.id, part.replace('domain/', ''));
  if (isOwn) await unlink(consoleLog).catch(() => bench.work.say(`${consoleLog} is left: this worker may not remove it`));
};

/** They lie in the disks, also in those that are kept. */
const dropSnapshots = async ({ hypervisor: { domains } }: Bench, { ref, snapshots }: PresentMachine): Promise<void> => {
  for (const name of snapshots) {
    const snapshot = await domains.findSnapshot(ref, `${snapshotPrefix}${name}`);
    if (snapshot !== undefined) await domains.deleteSnapshot(snapshot);
  }
};

/** One that was kept by nobody is gone since it stopped. */
const undefine = async ({ hypervisor: { domains } }: Bench, { ref }: PresentMachine): Promise<void> => {
  await domains.undefine(ref).catch((error: unknown) => {
    if (!isLibvirtError(error, 'noDomain')) throw error;
  });
};

const applySnapshot = async (bench: Bench, [machine = '', name = '']: readonly string[], gone: boolean): Promise<void> => {
  const { domains } = bench.hypervisor;
  const there = (await bench.present()).machines.find((one) => one.part === `domain/${machine}`);
  if (there === undefined) return;
  const own = `${snapshotPrefix}${name}`;
  const snapshot = await domains.findSnapshot(there.ref, own);
  if (gone && snapshot !== undefined) await domains.deleteSnapshot(snapshot);
  if (!gone && snapshot === undefined) await domains.createSnapshot(there.ref, element('domainsnapshot', {}, leaf('name', own)));
};
