import { z } from 'zod';
import { ownerLabel, type KubeObject, type Reference } from './kube-object.js';

/**
 * The list of what a resource has at a cluster, kept there as a ConfigMap: so that what leaves the recipe is found and deleted, whatever its kind. It names an object
 * before that is made, and until it is gone.
 */
const Entry = z.object({
  apiVersion: z.string(),
  kind: z.string(),
  metadata: z.object({ name: z.string(), namespace: z.string().optional() }),
});
export const inventoryPart = 'inventory';

export const inventoryOf = (resource: { readonly id: string; readonly name: string }, namespace: string): Reference => ({
  ...{ apiVersion: 'v1', kind: 'ConfigMap' },
  metadata: { name: `klevr-${resource.name}`, namespace },
});

export const listedIn = (stored: KubeObject | undefined): Reference[] => {
  const data = z.object({ objects: z.string() }).safeParse(stored?.['data']).data;
  return data === undefined ? [] : z.array(Entry).parse(JSON.parse(data.objects));
};

export const referenceOf = ({ apiVersion, kind, metadata: { name, namespace } }: Reference): Reference => ({
  ...{ apiVersion, kind },
  metadata: { name, ...(namespace === undefined ? {} : { namespace }) },
});

export const inventoryWith = (at: Reference, resourceId: string, objects: readonly Reference[]): KubeObject => ({
  ...{ apiVersion: at.apiVersion, kind: at.kind },
  metadata: { ...at.metadata, labels: { [ownerLabel]: resourceId } },
  data: { objects: JSON.stringify(objects.map(referenceOf)) },
});
