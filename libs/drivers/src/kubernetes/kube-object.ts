import { Secret } from '@klevr/recipes/secret';
import { z } from 'zod';

/** An object of a cluster as far as it is looked at here, and how objects are named, ordered and compared. */
export const KubeObject = z.looseObject({
  apiVersion: z.string().min(1),
  kind: z.string().min(1),
  metadata: z.looseObject({
    name: z.string().min(1),
    namespace: z.string().optional(),
    labels: z.record(z.string(), z.string()).optional(),
    annotations: z.record(z.string(), z.string()).optional(),
  }),
});
export type KubeObject = z.infer<typeof KubeObject>;
export type Reference = Pick<KubeObject, 'apiVersion' | 'kind'> & {
  readonly metadata: { readonly name: string; readonly namespace?: string | undefined };
};

export const ownerLabel = 'klevr.dev/resource';

/** `Deployment/web`, or `Deployment/other/web` where it is in another namespace than the recipe's. */
export const partOf = ({ kind, metadata }: Reference, namespace: string): string =>
  metadata.namespace === undefined || metadata.namespace === namespace
    ? `${kind}/${metadata.name}`
    : `${kind}/${metadata.namespace}/${metadata.name}`;

/** Kinds of one name in two groups are two kinds; versions of one group are not. */
export const keyOf = (object: Reference, namespace: string): string => {
  const group = object.apiVersion.includes('/') ? (object.apiVersion.split('/')[0] ?? '') : '';
  return `${group} ${partOf(object, namespace)}`;
};

const ranks: Readonly<Record<string, number>> = {
  ...{
    Namespace: 0,
    PriorityClass: 1,
    StorageClass: 1,
    CustomResourceDefinition: 2,
    ServiceAccount: 3,
    Secret: 4,
    ConfigMap: 4,
    PersistentVolume: 5,
  },
  ...{
    PersistentVolumeClaim: 6,
    ClusterRole: 7,
    Role: 7,
    ClusterRoleBinding: 8,
    RoleBinding: 8,
    Service: 9,
    Deployment: 11,
    StatefulSet: 11,
    DaemonSet: 11,
  },
  ...{ Job: 12, CronJob: 12, Ingress: 13, APIService: 15, ValidatingWebhookConfiguration: 16, MutatingWebhookConfiguration: 16 },
};
/** What others need comes first. */
export const rankOf = (kind: string): number => ranks[kind] ?? 10;

/** What the server adds by itself, and what it only reports. */
export const stripped = (object: KubeObject): Record<string, unknown> => {
  const { status: _status, metadata, ...rest } = object;
  const {
    managedFields: _fields,
    resourceVersion: _version,
    generation: _generation,
    uid: _uid,
    creationTimestamp: _created,
    ...named
  } = metadata;
  return { ...rest, metadata: named };
};

export interface FieldChange {
  readonly path: string;
  readonly before: unknown;
  readonly after: unknown;
}

/** Leaf by leaf. Contents of Secrets are never shown. */
export const fieldChanges = (before: unknown, after: unknown, hidden: boolean, path = ''): FieldChange[] => {
  if (isTree(before) && isTree(after) && Array.isArray(before) === Array.isArray(after)) {
    const keys = [...new Set([...Object.keys(before), ...Object.keys(after)])].sort();
    return keys.flatMap((key) => fieldChanges(before[key], after[key], hidden, path === '' ? key : `${path}.${key}`));
  }
  if (JSON.stringify(before) === JSON.stringify(after)) return [];
  const isHidden = hidden && /^(data|stringData)(\.|$)/.test(path);
  const shown = (value: unknown): unknown => (value === undefined ? null : isHidden ? '***' : value);
  return [{ path, before: shown(before), after: shown(after) }];
};

const isTree = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null;

/** Secrets as their values; where one is not at hand, what stands at its place at the cluster is taken to be it. */
export const filled = (wish: unknown, live: unknown): unknown => {
  if (wish instanceof Secret) return wish.known ? wish.reveal() : (live ?? '***');
  if (Array.isArray(wish)) return wish.map((inner, index) => filled(inner, Array.isArray(live) ? live[index] : undefined));
  if (!isTree(wish)) return wish;
  return Object.fromEntries(Object.entries(wish).map(([key, inner]) => [key, filled(inner, isTree(live) ? live[key] : undefined)]));
};
