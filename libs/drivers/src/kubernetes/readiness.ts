import type { KubeObject } from './kube-object.js';

/** Whether an object does what it is for, by what the cluster reports of it. Kinds that report nothing are ready by being there. */
export interface Readiness {
  readonly state: 'healthy' | 'starting' | 'unhealthy';
  readonly message: string;
}

const healthy: Readiness = { state: 'healthy', message: '' };
const starting = (message: string): Readiness => ({ state: 'starting', message });

type Tree = Readonly<Record<string, unknown>>;
const tree = (value: unknown): Tree => (typeof value === 'object' && value !== null ? (value as Tree) : {});
const count = (value: unknown): number => (typeof value === 'number' ? value : 0);
const conditions = (object: KubeObject): Tree[] => {
  const list = tree(object['status'])['conditions'];
  return Array.isArray(list) ? list.map(tree) : [];
};
const condition = (object: KubeObject, type: string): Tree | undefined => conditions(object).find((one) => one['type'] === type);
const messageOf = (one: Tree | undefined, otherwise: string): string => (typeof one?.['message'] === 'string' ? one['message'] : otherwise);

/** The controller has seen the newest wish. */
const isObserved = ({ metadata, status }: KubeObject): boolean =>
  count(tree(status)['observedGeneration']) >= count(metadata['generation']);

const replicated = (wanted: number, ready: number, updated: number): Readiness =>
  ready >= wanted && updated >= wanted ? healthy : starting(`${Math.min(ready, updated)} of ${wanted} are ready`);

const judges: Readonly<Record<string, (object: KubeObject, spec: Tree, status: Tree) => Readiness>> = {
  Deployment: (object, spec, status) => {
    const progress = condition(object, 'Progressing');
    if (progress?.['status'] === 'False') return { state: 'unhealthy', message: messageOf(progress, 'makes no progress') };
    return replicated(
      typeof spec['replicas'] === 'number' ? spec['replicas'] : 1,
      count(status['availableReplicas']),
      count(status['updatedReplicas']),
    );
  },
  StatefulSet: (_object, spec, status) =>
    replicated(
      typeof spec['replicas'] === 'number' ? spec['replicas'] : 1,
      count(status['readyReplicas']),
      count(status['updatedReplicas']),
    ),
  DaemonSet: (_object, _spec, status) =>
    replicated(count(status['desiredNumberScheduled']), count(status['numberAvailable']), count(status['updatedNumberScheduled'])),
  Job: (object) => {
    const failed = condition(object, 'Failed');
    if (failed?.['status'] === 'True') return { state: 'unhealthy', message: messageOf(failed, 'has failed') };
    return condition(object, 'Complete')?.['status'] === 'True' ? healthy : starting('is not complete');
  },
  Pod: (object, _spec, status) => {
    if (status['phase'] === 'Failed') return { state: 'unhealthy', message: messageOf(status, 'has failed') };
    return status['phase'] === 'Succeeded' || condition(object, 'Ready')?.['status'] === 'True' ? healthy : starting('is not ready');
  },
  // A claim that waits for its first consumer has nothing wrong with it.
  PersistentVolumeClaim: (_object, _spec, status) =>
    status['phase'] === 'Lost' ? { state: 'unhealthy', message: 'its volume is lost' } : healthy,
  CustomResourceDefinition: (object) =>
    condition(object, 'Established')?.['status'] === 'True' ? healthy : starting('is not established'),
  Service: (_object, spec, status) => {
    const ingress = tree(status['loadBalancer'])['ingress'];
    return spec['type'] === 'LoadBalancer' && !(Array.isArray(ingress) && ingress.length > 0) ? starting('has no address yet') : healthy;
  },
};

const counted = new Set(['Deployment', 'StatefulSet', 'DaemonSet']);

export const readinessOf = (object: KubeObject): Readiness => {
  if (counted.has(object.kind) && !isObserved(object)) return starting('its newest wish was not seen yet');
  return judges[object.kind]?.(object, tree(object['spec']), tree(object['status'])) ?? healthy;
};
