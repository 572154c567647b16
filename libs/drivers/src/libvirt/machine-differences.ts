import type { PlanChange } from '@klevr/contracts/resource';
import type { MachineFacts } from './machine-facts.js';
import { isOff, type PresentMachine } from './present.js';
import type { WishedMachine } from './wish.js';

type Field = PlanChange['fields'][number];

export interface MachineDifferences {
  readonly fields: readonly Field[];
  /** Its description must be written. */
  readonly define: boolean;
  /** What runs is another than what shall run. */
  readonly restart: boolean;
  readonly revert: boolean;
  readonly start: boolean;
  readonly stop: boolean;
  /** It must be made anew, for libvirt does not let it be renamed while it has snapshots or runs. */
  readonly rename: boolean;
}

/** A machine keeps the kind of virtualisation that it has, as long as it can be had. */
export const factsFor = (wished: WishedMachine, present: PresentMachine | undefined, usable: readonly string[]): MachineFacts => {
  const has = present?.kept.virtualisation;
  return has === undefined || !usable.includes(has) ? wished.facts : { ...wished.facts, virtualisation: has };
};

export const machineDifferences = (wished: WishedMachine, present: PresentMachine, usable: readonly string[]): MachineDifferences => {
  const facts = factsFor(wished, present, usable);
  const { spec } = wished;
  const kept = differing(present.kept, facts);
  const live = present.running === undefined ? [] : differing(present.running, facts);
  const shallRun = spec.state === 'running';
  const runs = present.state === 'running' || present.state === 'blocked';
  const revert = spec.revert !== undefined && spec.revert.token !== present.mark?.reverted;
  const others = [
    field('name', present.ref.name, wished.name),
    field('mark', present.mark !== undefined, true),
    field('kept', present.persistent, true),
    field('autostart', present.autostart, spec.autostart),
    field('state', runs ? 'running' : present.state, shallRun ? 'running' : isOff(present.state) ? present.state : 'shut off'),
    ...(revert ? [field('reverted', present.mark?.reverted ?? null, spec.revert?.token)] : []),
  ].filter(({ before, after }) => before !== after);
  const hung = !runs && !isOff(present.state);
  const onlyLive = live
    .filter(({ path }) => !kept.some((one) => one.path === path))
    .map(({ path, ...rest }) => ({ path: `running.${path}`, ...rest }));
  return {
    fields: [...others, ...kept, ...onlyLive],
    define: kept.length > 0 || present.mark === undefined || !present.persistent || revert || present.ref.name !== wished.name,
    restart: shallRun && (live.length > 0 || hung),
    ...{ revert, start: shallRun && !runs, stop: !shallRun && !isOff(present.state), rename: present.ref.name !== wished.name },
  };
};

const field = (path: string, before: unknown, after: unknown): Field => ({ path, before, after });

/** Field by field; lists as a whole. */
export const differing = <T extends object>(before: T, after: T): Field[] =>
  (Object.keys(after) as (keyof T & string)[])
    .filter((path) => JSON.stringify(before[path]) !== JSON.stringify(after[path]))
    .map((path) => field(path, before[path], after[path]));
