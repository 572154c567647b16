import { z } from 'zod';
import type { DriverWork } from '../driver.js';
import { keyOf, ownerLabel, type KubeObject, type Reference } from './kube-object.js';
import { isForbidden, KubectlProblem, type KubectlCli } from './kubectl-cli.js';

/**
 * The list of what a resource has at a cluster, kept there as a ConfigMap: so that what leaves the recipe is found and deleted, whatever its kind. It names an object
 * before that is made, and until it is gone. One of before the resource came to another namespace is found, and taken over.
 */
const Entry = z.object({
  apiVersion: z.string(),
  kind: z.string(),
  metadata: z.object({ name: z.string(), namespace: z.string().optional() }),
});
export const inventoryPart = 'inventory';

export interface Listed {
  readonly stored: KubeObject | undefined;
  readonly objects: readonly Reference[];
  /** Lists in other namespaces. */
  readonly old: readonly Reference[];
}

export class Inventory {
  private readonly at;

  constructor(
    private readonly cli: Pick<KubectlCli, 'get' | 'list' | 'apply' | 'delete'>,
    private readonly work: DriverWork,
    private readonly namespace: string,
  ) {
    this.at = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: `klevr-${work.resource.name}`, namespace } };
  }

  /** `everywhere`: also where the resource was before. Throws KubectlProblem where the list is somebody else's. */
  async read(everywhere: boolean): Promise<Listed> {
    const { cli, work, at, namespace } = this;
    const [stored] = await cli.get([at], namespace, work.signal);
    if (stored !== undefined && stored.metadata.labels?.[ownerLabel] !== work.resource.id) {
      throw new KubectlProblem(
        `ConfigMap ${at.metadata.name} in ${namespace} is not this resource's, so another one of this name is there`,
      );
    }
    const old = everywhere ? await this.elsewhere() : [];
    const before: KubeObject[] = [];
    for (const list of old) before.push(...(await cli.get(entriesOf(list), list.metadata.namespace ?? namespace, work.signal)));
    return { stored, objects: this.each([...entriesOf(stored), ...before.map(referenceOf)]), old: old.map(referenceOf) };
  }

  /** What it names from then on; without anything it goes. Afterwards nothing is left of the old ones. */
  async write(objects: readonly Reference[], old: readonly Reference[]): Promise<void> {
    const { cli, work, at, namespace } = this;
    const all = this.each(objects);
    const body = {
      ...at,
      metadata: { ...at.metadata, labels: { [ownerLabel]: work.resource.id } },
      data: { objects: JSON.stringify(all.map(referenceOf)) },
    };
    if (all.length === 0) await cli.delete(at, namespace, work.signal);
    else await cli.apply([body], { namespace, force: true, dryRun: false, signal: work.signal });
    for (const one of old) await cli.delete(one, namespace, work.signal);
  }

  /** None where the account may not look into other namespaces. */
  private async elsewhere(): Promise<KubeObject[]> {
    const { name, namespace } = this.at.metadata;
    const { signal, resource } = this.work;
    const own = await this.cli.list('configmaps', undefined, signal, `${ownerLabel}=${resource.id}`).catch((error: unknown) => {
      if (error instanceof KubectlProblem && isForbidden(error.message)) return [];
      throw error;
    });
    return own.filter(({ metadata }) => metadata.name === name && metadata.namespace !== namespace);
  }

  private each(all: readonly Reference[]): Reference[] {
    return [...new Map(all.map((one) => [keyOf(one, this.namespace), one])).values()];
  }
}

const entriesOf = (stored: KubeObject | undefined): Reference[] => {
  const data = z.object({ objects: z.string() }).safeParse(stored?.['data']).data;
  return data === undefined ? [] : z.array(Entry).parse(JSON.parse(data.objects));
};

export const referenceOf = ({ apiVersion, kind, metadata: { name, namespace } }: Reference): Reference => ({
  ...{ apiVersion, kind },
  metadata: { name, ...(namespace === undefined ? {} : { namespace }) },
});
