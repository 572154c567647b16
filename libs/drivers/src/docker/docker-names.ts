import { createHash } from 'node:crypto';
import type { DriverWork } from '../driver.js';

/** How things of a resource are named and marked at the engine. */
export const label = {
  /** Id of the resource: whatever has it is the resource's. */
  resource: 'klevr.resource',
  /** Names of the resource and its zone, for people, and to find kept volumes again. */
  name: 'klevr.name',
  zone: 'klevr.zone',
  part: 'klevr.part',
  /** Digest of what was applied, with fingerprints in place of secrets. */
  spec: 'klevr.spec',
  /** The same as JSON, to tell what a change would change. */
  applied: 'klevr.applied',
  /** Containers that were to be up before it. */
  after: 'klevr.after',
  data: 'klevr.data',
} as const;

export type Labels = Readonly<Record<string, string>>;
export type Owner = DriverWork['resource'];

export const nameOf = (owner: Owner, part: string): string => `${owner.name}-${part}`;

/** Of a container that is being replaced, until the new one is good. */
export const asideName = (name: string): string => `${name}-klevr-old`;

export const imageTag = (owner: Owner, part: string, digest: string): string =>
  `klevr/${owner.id.toLowerCase()}/${part}:${digest.slice(0, 16)}`;

/** JSON with sorted keys: the same view gives the same text. */
const canonical = (value: unknown): string =>
  JSON.stringify(value, (_key, inner: unknown) =>
    typeof inner === 'object' && inner !== null && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)))
      : inner,
  );

export const digestOf = (value: unknown): string => createHash('sha256').update(canonical(value)).digest('hex').slice(0, 32);

export const marks = (owner: Owner, part: string, view: unknown): Record<string, string> => ({
  [label.resource]: owner.id,
  [label.name]: owner.name,
  [label.zone]: owner.zoneName,
  [label.part]: part,
  [label.spec]: digestOf(view),
  [label.applied]: canonical(view),
});

export const appliedIn = (labels: Labels): unknown => {
  try {
    return JSON.parse(labels[label.applied] ?? 'null');
  } catch {
    return null;
  }
};

export const partIn = (labels: Labels): string => labels[label.part] ?? '';
export const isOf = (owner: Owner, labels: Labels | null | undefined): boolean => labels?.[label.resource] === owner.id;

/** A volume that an earlier resource of the same name in the same zone left behind: names are unique there, so that one is gone. */
export const isLeftFor = (owner: Owner, part: string, labels: Labels | null | undefined): boolean =>
  labels?.[label.name] === owner.name &&
  labels[label.zone] === owner.zoneName &&
  labels[label.part] === part &&
  labels[label.data] === 'true';
