import { AppError } from '@klevr/contracts/errors';
import type { PlanChange } from '@klevr/contracts/resource';
import type { Goal } from '../driver.js';
import type { Actual, ActualContainer, ActualNetwork } from './actual-state.js';
import { containerNeed } from './container-differences.js';
import { inOrder, type Desired, type DesiredNetwork, type DesiredVolume } from './desired-state.js';
import { appliedIn, digestOf, label } from './docker-names.js';
import { differences } from './field-differences.js';

/**
 * What is to be done, and in which order, so that the engine has what it shall. Pure.
 * Images come first: what they need may be away, and then nothing was touched. What the recipe no longer has goes before what is new, which may want its ports.
 */
export const planOf = (desired: Desired, actual: Actual, goal: Goal): PlanChange[] => {
  if (!goal.present) return leavingAll(desired, actual, goal.deleteData);
  refuseTaken(actual);
  const networks = desired.networks.map((network) => networkChange(network, actual.networks));
  const replaced = new Set(networks.filter(({ action }) => action === 'replace').map(({ part }) => part));
  const ids = new Map(actual.networks.filter(({ part }) => !replaced.has(part)).map(({ name, id }) => [name, id]));
  return [
    ...imageChanges(desired, actual),
    ...orderedAway(actual.containers.filter(without(desired.containers))).map((part) => leaving(part, gone)),
    ...actual.networks.filter(without(desired.networks)).map(({ part }) => leaving(part, gone)),
    ...networks,
    ...desired.volumes.map((volume) => volumeChange(volume, actual)),
    ...desired.containers.map((container) => ({ part: container.part, ...containerNeed(container, actual.containers, { ids }) })),
    ...actual.volumes.filter(without(desired.volumes)).map(volumeWithout),
    ...oldImages(desired, actual),
  ];
};

const gone = 'the recipe no longer has it';
const leaving = (part: string, reason?: string): PlanChange => ({
  part,
  action: 'delete',
  fields: [],
  ...(reason === undefined ? {} : { reason }),
});
const without =
  (desired: readonly { readonly part: string }[]) =>
  ({ part }: { readonly part: string }): boolean =>
    !desired.some((wanted) => wanted.part === part);

const leavingAll = (desired: Desired, actual: Actual, deleteData: boolean): PlanChange[] => [
  ...orderedAway(actual.containers).map((part) => leaving(part)),
  ...unique(actual.networks).map((part) => leaving(part)),
  ...actual.volumes.map(({ part, labels }): PlanChange => {
    const said = desired.volumes.find((volume) => volume.part === part)?.spec.data;
    const keep = (said ?? holdsData(labels)) && !deleteData;
    return keep ? { part, action: 'keep', reason: 'it holds data', fields: [] } : leaving(part);
  }),
  ...unique(actual.images).map((part) => leaving(part)),
];

/** Those that others depended on go last. */
const orderedAway = (containers: readonly ActualContainer[]): string[] => {
  const key = (part: string): string => part.slice(part.indexOf('/') + 1);
  const byKey = Object.fromEntries(containers.map(({ part, labels }) => [key(part), { part, dependsOn: afterOf(labels) }]));
  return inOrder(byKey)
    .toReversed()
    .flatMap((name) => byKey[name]?.part ?? []);
};

const afterOf = (labels: Readonly<Record<string, string>>): string[] => {
  try {
    const after: unknown = JSON.parse(labels[label.after] ?? '[]');
    return Array.isArray(after) ? after.map(String) : [];
  } catch {
    return [];
  }
};

const unique = (things: readonly { readonly part: string }[]): string[] => [...new Set(things.map(({ part }) => part))];
const holdsData = (labels: Readonly<Record<string, string>>): boolean => labels[label.data] !== 'false';

const refuseTaken = ({ taken }: Actual): void => {
  if (taken.size === 0) return;
  const faults = [...taken].map(([part, whose]) => ({ path: part, message: `its name is taken by one that is ${whose}` }));
  const text = faults.map(({ path, message }) => `${path}: ${message}`).join('; ');
  throw new AppError('CONFLICT', `${text}. Nothing was touched: remove the other one, or give the resource another name`, {
    errors: faults,
  });
};

const imageChanges = ({ images }: Desired, { references }: Actual): PlanChange[] =>
  images.flatMap(({ part, reference, implied }): PlanChange[] => {
    if (!references.has(reference)) return [{ part, action: 'create', reason: reference, fields: [] }];
    return implied ? [] : [{ part, action: 'none', fields: [] }];
  });

/** Of an image that is made anew the earlier one goes once no container has it. */
const oldImages = ({ images }: Desired, actual: Actual): PlanChange[] => {
  const wanted = new Set(images.map(({ reference }) => reference));
  const old = actual.images.filter(({ reference }) => !wanted.has(reference));
  return old.map(({ part, reference }) => leaving(`${part}@${reference.slice(reference.lastIndexOf(':') + 1)}`, 'there is a newer one'));
};

const networkChange = (desired: DesiredNetwork, networks: readonly ActualNetwork[]): PlanChange => {
  const { part } = desired;
  const current = networks.find((network) => network.part === part);
  if (current === undefined) return { part, action: 'create', fields: [] };
  if (current.labels[label.spec] === digestOf(desired.view)) return { part, action: 'none', fields: [] };
  return { part, action: 'replace', reason: 'a network cannot be changed', fields: differences(appliedIn(current.labels), desired.view) };
};

const volumeChange = (desired: DesiredVolume, { volumes }: Actual): PlanChange => {
  const { part } = desired;
  const current = volumes.find((volume) => volume.part === part);
  if (current === undefined) return { part, action: 'create', fields: [] };
  if (current.labels[label.spec] === digestOf(desired.view)) return { part, action: 'none', fields: [] };
  const fields = differences(appliedIn(current.labels), desired.view);
  const named = fields.map(({ path }) => path).join(', ') || 'everything';
  throw new AppError(
    'CONFLICT',
    `${part} is there with another ${named}, and a volume cannot be changed without its data: name the new one otherwise`,
  );
};

const volumeWithout = ({ part, labels }: Actual['volumes'][number]): PlanChange =>
  holdsData(labels) ? { part, action: 'none', reason: `${gone}; it stays, as it holds data`, fields: [] } : leaving(part, gone);
