import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { newId } from '@klevr/contracts/ids';
import { Lives, type DriverBed, type Resource, type Spec } from '../driver-lives.fixture.js';
import { hostIn, workOf } from '../work.fixture.js';
import { FakeCluster } from './fake-cluster.fixture.js';
import { openKubectlDriver } from './kubernetes-driver.js';

const deployment = (replicas: number): object => ({
  ...{ apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'web' } },
  spec: {
    replicas,
    selector: { matchLabels: { app: 'web' } },
    template: { metadata: { labels: { app: 'web' } }, spec: { containers: [{ name: 'web', image: 'web:1' }] } },
  },
});
export const claim = {
  apiVersion: 'v1',
  kind: 'PersistentVolumeClaim',
  metadata: { name: 'data' },
  spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } },
};
export const settings = (colour: string): object => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name: 'settings' },
  data: { colour },
});
export const whole: Spec = { createNamespace: true, objects: [settings('red'), claim, deployment(1)] };
export const gone = { present: false, deleteData: true } as const;
export const present = { present: true } as const;
export const web = (): Resource => ({ id: newId('resource'), name: 'web' });

export class KubernetesBed implements DriverBed {
  readonly spec: Spec = { objects: [settings('red'), claim] };
  readonly changed: Spec = { objects: [settings('blue'), claim] };
  recipeFolder: string;
  driver = openKubectlDriver;
  helmBinary = 'helm';

  private constructor(
    readonly cluster: FakeCluster,
    readonly folder: string,
  ) {
    this.recipeFolder = folder;
  }

  static async open(): Promise<KubernetesBed> {
    const bed = new KubernetesBed(await FakeCluster.open(), await mkdtemp(join(tmpdir(), 'klevr-kubernetes-')));
    await writeFile(join(bed.folder, 'kubeconfig'), bed.cluster.kubeconfig);
    bed.recipeFolder = join(bed.folder, 'recipe');
    await mkdir(bed.recipeFolder);
    return bed;
  }

  open = async () => this.driver(hostIn(this.folder, { kubeconfig: join(this.folder, 'kubeconfig'), helmBinary: this.helmBinary }));

  /** In a namespace of its own, so that names do not clash. */
  work: DriverBed['work'] = (resource, spec, signal) => {
    if (spec['createNamespace'] !== true) this.cluster.addNamespace(this.namespaceOf(resource));
    return workOf({
      engine: { driver: 'kubectl', id: 'test', version: '1', description: '' },
      ...{ folder: this.folder, recipeFolder: this.recipeFolder, resource, signal },
      spec: { namespace: this.namespaceOf(resource), ...spec },
    });
  };

  namespaceOf = ({ id }: { id: string }): string => id.slice(-12).toLowerCase();

  things: DriverBed['things'] = async () =>
    [...this.cluster.objects]
      .filter(([, { kind }]) => kind !== 'Namespace')
      .map(([path, { metadata }]) => `${path}#${String(metadata['uid'])}`);

  /** Of one namespace, as `kind/name`, sorted. */
  thingsIn = (namespace: string): string[] => {
    const inside = [...this.cluster.objects.keys()].flatMap((path) => path.split(`/namespaces/${namespace}/`)[1] ?? []);
    return inside.sort();
  };

  get lives(): Lives {
    return new Lives(() => this);
  }

  parts = async (resource: Resource, spec: Spec): Promise<string[]> =>
    (await this.lives.planned(resource, present, spec)).map(({ part, action }) => `${action} ${part}`);

  path = (resource: { id: string }, rest: string): string => rest.replace('NS', `namespaces/${this.namespaceOf(resource)}`);

  spoil: DriverBed['spoil'] = async (resource) =>
    this.cluster.edit(this.path(resource, '/api/v1/NS/configmaps/settings'), (object) => void (object['data'] = { colour: 'black' }));

  async close(): Promise<void> {
    await this.cluster.close();
    await rm(this.folder, { recursive: true });
  }
}

const missing = (): string | undefined => {
  try {
    execFileSync('kubectl', ['version', '--client'], { stdio: 'ignore' });
    return undefined;
  } catch {
    return 'skipped: needs kubectl on PATH';
  }
};
/** Why kubectl cannot be tried here. */
export const kubectlMissing = missing();
