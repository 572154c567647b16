import type { Goal } from '../driver.js';
import { ownerLabel, partOf, type KubeObject, type Reference } from './kube-object.js';
import type { KubectlCli } from './kubectl-cli.js';
import type { AppliedSpec } from './kubernetes-spec.js';

/** What of a resource stays at a cluster although nobody wishes it any more: what holds data, and namespaces with which something else would go. */
export interface Held {
  readonly claims: boolean;
  readonly others: boolean;
}

/** Claims that nobody listed are in it too: those that a StatefulSet made. */
export const heldIn = async (cli: Pick<KubectlCli, 'list'>, namespace: string, resourceId: string, signal: AbortSignal): Promise<Held> => {
  const claims = await cli.list('persistentvolumeclaims', namespace, signal);
  const marked = await cli.list('configmaps', namespace, signal, ownerLabel);
  const owners = marked.map(({ metadata }) => metadata.labels?.[ownerLabel]);
  return { claims: claims.length > 0, others: owners.some((owner) => owner !== undefined && owner !== resourceId) };
};

interface Wanted {
  readonly spec: AppliedSpec;
  readonly objects: readonly KubeObject[];
}

export const reasonToKeep = (
  one: Reference,
  goal: Goal,
  { spec, objects }: Wanted,
  held: ReadonlyMap<string, Held>,
): string | undefined => {
  // In whatever namespace the recipe was when it made it.
  const names = (other: Reference): string[] => [partOf(other, spec.namespace), partOf(other, other.metadata.namespace ?? '')];
  const isData = (other: Reference): boolean =>
    other.kind === 'PersistentVolumeClaim' || names(other).some((name) => spec.data.includes(name));
  const deletesData = !goal.present && goal.deleteData;
  if (one.kind !== 'Namespace') return isData(one) && !deletesData ? 'holds data' : undefined;
  const { name } = one.metadata;
  const inIt = (object: KubeObject): boolean => (object.metadata.namespace ?? spec.namespace) === name;
  if (goal.present && (name === spec.namespace || objects.some(inIt))) return 'what is wished is in it';
  if (held.get(name)?.others === true) return 'other resources have things in it';
  return !deletesData && (held.get(name)?.claims === true || objects.some(isData)) ? 'holds data' : undefined;
};
