import type { PlanChange } from '@klevr/contracts/resource';
import { type Goal, SpecProblem } from '../driver.js';
import { differing, factsFor, machineDifferences } from './machine-differences.js';
import type { Present, PresentVolume } from './present.js';
import type { Wish, WishedMachine, WishedNetwork, WishedVolume } from './wish.js';

export interface Planned {
  readonly wish: Wish;
  readonly present: Present;
  readonly goal: Goal;
  readonly pool: { readonly name: string; readonly active: boolean };
  readonly usable: readonly string[];
}

/**
 * What is to be done, in the order in which it can be done: what machines need comes before them, and what they leave goes after them.
 * Volumes are never shrunk, and a data volume's format never changes: that would lose what is in it, so it is refused.
 */
export const planOf = ({ wish, present, goal, pool, usable }: Planned): PlanChange[] => {
  if (!goal.present) return destruction(present, goal.deleteData);
  const networks = wish.networks.map((network) => networkChange(network, present));
  const volumes = wish.volumes.map((volume) => volumeChange(volume, present));
  const anew = new Set([...networks.filter(cutsOff), ...volumes.filter(({ action }) => action !== 'none')].map(({ part }) => part));
  const machines = wish.machines.map((machine) => machineChange(machine, present, { anew, wish, usable }));
  const parts = new Set([...wish.networks, ...wish.volumes, ...wish.machines].map(({ part }) => part));
  const stale = <T extends { readonly part: string }>(all: readonly T[]): T[] => all.filter(({ part }) => !parts.has(part));
  const snapshots = wish.machines.flatMap((machine) => snapshotChanges(machine, present));
  return [
    ...(pool.active || !volumes.some(({ action }) => action === 'create' || action === 'replace')
      ? []
      : [change(`pool/${pool.name}`, 'create', 'is not there, or stopped')]),
    ...networks,
    ...volumes,
    ...stale(present.machines).map(({ part }) => change(part, 'delete', 'is not wanted any more')),
    ...machines,
    ...snapshots,
    ...stale(present.volumes).map((volume) => goneVolume(volume)),
    ...stale(present.networks).map(({ part }) => change(part, 'delete', 'is not wanted any more')),
  ];
};

const change = (part: string, action: PlanChange['action'], reason?: string, fields: PlanChange['fields'] = []): PlanChange => ({
  ...{ part, action, fields },
  ...(reason === undefined ? {} : { reason }),
});

/** A network that was stopped, or is made anew, has lost the machines that run. */
const cutsOff = ({ action, fields }: PlanChange): boolean =>
  action === 'create' || action === 'replace' || fields.some(({ path }) => path === 'active');

const destruction = (present: Present, deleteData: boolean): PlanChange[] => [
  ...present.machines.map(({ part }) => change(part, 'delete')),
  ...present.volumes.map(({ part, kind }) =>
    kind === 'data' && !deleteData ? change(part, 'keep', 'holds data') : change(part, 'delete'),
  ),
  ...present.networks.map(({ part }) => change(part, 'delete')),
];

/** A data volume that the section no longer names stays too: who wants it gone says so with the whole resource. */
const goneVolume = ({ part, kind }: PresentVolume): PlanChange =>
  kind === 'data' ? change(part, 'keep', 'holds data; nothing uses it any more') : change(part, 'delete', 'is not used any more');

const networkChange = ({ part, facts, name, autostart }: WishedNetwork, present: Present): PlanChange => {
  const there = present.networks.find((network) => network.part === part);
  if (there === undefined) return change(part, 'create', undefined, created(facts));
  const different = differing(there.facts, facts);
  if (there.ref.name !== name) different.push({ path: 'name', before: there.ref.name, after: name });
  if (different.length > 0) return change(part, 'replace', 'its machines are switched off meanwhile', different);
  const small = differing(
    { active: there.active, autostart: there.autostart, mark: there.marked },
    { active: true, autostart, mark: true },
  );
  return small.length === 0 ? change(part, 'none') : change(part, 'update', undefined, small);
};

const volumeChange = ({ part, name, capacityBytes, format, kind, content, backing }: WishedVolume, present: Present): PlanChange => {
  const there = present.volumes.find(({ ref }) => ref.name === name);
  const wished = {
    format,
    ...(capacityBytes === undefined ? {} : { capacityBytes }),
    ...(backing === undefined ? {} : { backing: backing.path }),
  };
  if (there === undefined) return change(part, 'create', undefined, created(wished));
  if (!there.whole) return change(part, 'replace', 'was begun, and is not whole');
  if (content !== undefined) return change(part, 'none');
  if (kind === 'data' && there.facts.format !== format)
    throw refused(part, `is of format ${there.facts.format}; it would lose its data by becoming ${format}`);
  if (capacityBytes === undefined || there.facts.capacityBytes === capacityBytes) return change(part, 'none');
  if (there.facts.capacityBytes > capacityBytes)
    throw refused(part, `has ${there.facts.capacityBytes} bytes already, and cannot be made smaller without losing data`);
  const fields = [{ path: 'capacityBytes', before: there.facts.capacityBytes, after: capacityBytes }];
  return change(part, 'update', 'its machine is switched off meanwhile', fields);
};

const machineChange = (
  machine: WishedMachine,
  present: Present,
  { anew, wish, usable }: { anew: ReadonlySet<string>; wish: Wish; usable: readonly string[] },
): PlanChange => {
  const there = present.machines.find(({ part }) => part === machine.part);
  if (there === undefined) return change(machine.part, 'create', undefined, created(factsFor(machine, undefined, usable)));
  const { fields, restart, rename, define } = machineDifferences(machine, there, usable);
  const uses = usedBy(machine, wish).filter((part) => anew.has(part));
  if (fields.length === 0 && uses.length === 0) return change(machine.part, 'none');
  const again = restart || (uses.length > 0 && machine.spec.state === 'running');
  const reason = again ? 'restart needed' : define ? 'its description is written anew' : undefined;
  const depends = uses.map((part) => ({ path: 'uses', before: part, after: part }));
  return change(machine.part, rename ? 'replace' : 'update', reason, [...fields, ...depends]);
};

/** Parts without which the machine cannot run, and which cannot be changed while it does. */
export const usedBy = ({ facts }: WishedMachine, wish: Wish): string[] => [
  ...wish.volumes.filter(({ path }) => facts.disks.some((disk) => disk.path === path)).map(({ part }) => part),
  ...wish.networks.filter(({ name }) => facts.networks.some(({ source }) => source === name)).map(({ part }) => part),
];

const snapshotChanges = ({ key, part, spec }: WishedMachine, present: Present): PlanChange[] => {
  const there = present.machines.find((machine) => machine.part === part)?.snapshots ?? [];
  return [
    ...spec.snapshots.map((name) => change(`snapshot/${key}/${name}`, there.includes(name) ? 'none' : 'create')),
    ...there.filter((name) => !spec.snapshots.includes(name)).map((name) => change(`snapshot/${key}/${name}`, 'delete')),
  ];
};

const created = (facts: object): PlanChange['fields'] =>
  Object.entries(facts)
    .filter(([, after]) => after !== null && after !== undefined)
    .map(([path, after]) => ({ path, before: null, after: after as unknown }));

const refused = (part: string, message: string): SpecProblem => new SpecProblem([{ path: part.replace('volume/', 'volumes.'), message }]);
