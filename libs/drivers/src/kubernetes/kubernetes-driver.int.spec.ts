import { execFileSync } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { newId } from '@klevr/contracts/ids';
import { Secret } from '@klevr/recipes/secret';
import { driverContract } from '../driver-contract.fixture.js';
import type { Spec } from '../driver-lives.fixture.js';
import { claim, gone, kubectlMissing as skip, KubernetesBed, present, settings, web, whole } from './kubernetes-bed.fixture.js';
import { openHelmDriver } from './kubernetes-driver.js';

driverContract('kubectl', () => KubernetesBed.open(), { skip });

(skip === undefined ? describe : describe.skip)(`kubectl and helm${skip === undefined ? '' : ` (${skip})`}`, () => {
  let bed: KubernetesBed;
  beforeAll(async () => void (bed = await KubernetesBed.open()));
  afterAll(() => bed.close());

  it('knows a cluster by its own identity', async () => {
    const driver = await bed.open();
    expect(await driver.engines()).toEqual([
      {
        driver: 'kubectl',
        id: bed.cluster.objects.get('/api/v1/namespaces/kube-system')?.metadata['uid'],
        version: 'v1.32.0',
        description: 'Kubernetes',
      },
    ]);
  });

  it('shows what the server would change, field by field, and deletes what leaves the recipe', async () => {
    const resource = web();
    await bed.lives.reach(resource, present, whole);
    const plan = await bed.lives.planned(resource, present, { objects: [settings('blue'), claim], createNamespace: true });
    expect(plan.find(({ part }) => part === 'ConfigMap/settings')).toMatchObject({
      action: 'update',
      fields: [{ path: 'data.colour', before: 'red', after: 'blue' }],
    });
    expect(plan.map(({ part, action }) => [part, action])).toContainEqual(['Deployment/web', 'delete']);
    await bed.lives.reach(resource, present, { objects: [settings('blue'), claim], createNamespace: true });
    expect((await bed.things()).filter((thing) => thing.includes('deployments'))).toEqual([]);
    await bed.lives.reach(resource, gone, whole);
  });

  it('takes manifests with many documents and lists, kustomizations, and new kinds with their objects', async () => {
    const resource = web();
    const definition = {
      apiVersion: 'apiextensions.k8s.io/v1',
      kind: 'CustomResourceDefinition',
      metadata: { name: 'toys.example.test' },
      spec: { group: 'example.test', names: { plural: 'toys', kind: 'Toy' } },
    };
    const toy = { apiVersion: 'example.test/v1', kind: 'Toy', metadata: { name: 'bear' }, spec: { soft: true } };
    await writeFile(
      join(bed.recipeFolder, 'all.yaml'),
      `# first\n${JSON.stringify(toy)}\n---\n---\n${JSON.stringify({ apiVersion: 'v1', kind: 'List', items: [definition] })}\n`,
    );
    await mkdir(join(bed.recipeFolder, 'overlay'));
    await writeFile(join(bed.recipeFolder, 'overlay/settings.yaml'), JSON.stringify(settings('green')));
    await writeFile(join(bed.recipeFolder, 'overlay/kustomization.yaml'), 'namePrefix: my-\nresources: [settings.yaml]\n');
    const spec = { createNamespace: true, manifests: ['all.yaml'], kustomize: 'overlay' };
    await bed.lives.reach(resource, present, spec);
    expect(bed.cluster.objects.get(bed.path(resource, '/apis/example.test/v1/NS/toys/bear'))?.['spec']).toEqual({ soft: true });
    expect(bed.cluster.objects.get(bed.path(resource, '/api/v1/NS/configmaps/my-settings'))?.['data']).toEqual({ colour: 'green' });
    expect((await bed.parts(resource, spec)).every((one) => one.startsWith('none '))).toBe(true);
    await bed.lives.reach(resource, gone, spec);
    expect([...bed.cluster.objects.keys()].filter((path) => path.includes('toys'))).toEqual([]);
  });

  it('says where a manifest is wrong, all of it at once', async () => {
    await writeFile(
      join(bed.recipeFolder, 'wrong.yaml'),
      'kind: ConfigMap\n---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n',
    );
    await expect(bed.lives.planned(web(), present, { manifests: ['wrong.yaml'] })).rejects.toThrow(
      /wrong\.yaml\[0\]\.apiVersion.*wrong\.yaml\[0\]\.metadata.*ConfigMap\/a: is wished twice/s,
    );
    await expect(bed.lives.planned(web(), present, {})).rejects.toThrow(/needs `manifests`/);
  });

  it('touches nothing that is somebody else’s, unless it is to be taken over', async () => {
    const [resource, other] = [web(), { id: newId('resource'), name: 'other' }];
    const spec = { createNamespace: true, namespace: 'shared', objects: [settings('red')] };
    await bed.lives.reach(resource, present, spec);
    await expect(bed.lives.planned(other, present, { ...spec, adopt: true })).rejects.toThrow(
      "ConfigMap/settings is there already and is not this resource's",
    );
    bed.cluster.edit(
      '/api/v1/namespaces/shared/configmaps/settings',
      (object) => void delete (object['metadata'] as { labels?: unknown }).labels,
    );
    await expect(bed.lives.planned(other, present, spec)).rejects.toThrow('is there already');
    expect(await bed.parts(other, { ...spec, adopt: true })).toEqual([
      'none Namespace/shared',
      'update ConfigMap/settings',
      'create inventory',
    ]);
    bed.cluster.remove('/api/v1/namespaces/shared');
  });

  it('makes anew what the cluster does not let be changed, where the recipe allows it', async () => {
    const resource = web();
    const service = (clusterIP: string): Spec => ({
      createNamespace: true,
      objects: [{ apiVersion: 'v1', kind: 'Service', metadata: { name: 'web' }, spec: { clusterIP } }],
    });
    await bed.lives.reach(resource, present, service('10.0.0.1'));
    await expect(bed.lives.planned(resource, present, service('10.0.0.2'))).rejects.toThrow('immutable');
    const replaced = { ...service('10.0.0.2'), replace: true };
    expect(await bed.parts(resource, replaced)).toContain('replace Service/web');
    await bed.lives.reach(resource, present, replaced);
    expect(bed.cluster.objects.get(bed.path(resource, '/api/v1/NS/services/web'))?.['spec']).toEqual({ clusterIP: '10.0.0.2' });
    await bed.lives.reach(resource, gone, replaced);
  });

  it('refuses objects that its plans cannot tell apart', async () => {
    const twin = (apiVersion: string): object => ({ apiVersion, kind: 'Service', metadata: { name: 'web' } });
    await expect(bed.lives.planned(web(), present, { objects: [twin('v1'), twin('serving.example.test/v1')] })).rejects.toThrow(
      'Service/web: there is another one of this kind and name',
    );
  });

  it('shows no secret, and judges without its value what stands at the cluster', async () => {
    const resource = web();
    const withSecret = (value: string | { fingerprint: string }): Spec => ({
      createNamespace: true,
      objects: [{ apiVersion: 'v1', kind: 'Secret', metadata: { name: 'keys' }, stringData: { password: new Secret('PASSWORD', value) } }],
    });
    await bed.lives.reach(resource, present, withSecret('open sesame'));
    expect(bed.cluster.objects.get(bed.path(resource, '/api/v1/NS/secrets/keys'))?.['stringData']).toEqual({ password: 'open sesame' });
    const plan = await bed.lives.planned(resource, present, withSecret('another one'));
    expect(plan.find(({ part }) => part === 'Secret/keys')).toMatchObject({ action: 'update', fields: [{ before: '***', after: '***' }] });
    expect((await bed.parts(resource, withSecret({ fingerprint: 'x' }))).every((one) => one.startsWith('none '))).toBe(true);
    await bed.lives.reach(resource, gone, withSecret('open sesame'));
  });

  it('is starting until its parts are ready, and unhealthy where one is missing', async () => {
    const resource = web();
    bed.cluster.ready = false;
    await bed.lives.reach(resource, present, whole);
    const health = (): Promise<unknown> => bed.lives.work(resource, (session) => session.engineHealth(), whole);
    expect(await health()).toEqual({ state: 'starting', message: 'Deployment/web: 0 of 1 are ready' });
    bed.cluster.ready = true;
    bed.cluster.edit(
      bed.path(resource, '/apis/apps/v1/NS/deployments/web'),
      (object) => void (object['status'] = { observedGeneration: 1, availableReplicas: 1, updatedReplicas: 1 }),
    );
    expect(await health()).toEqual({ state: 'healthy', message: '' });
    bed.cluster.remove(bed.path(resource, '/apis/apps/v1/NS/deployments/web'));
    expect(await health()).toEqual({ state: 'unhealthy', message: 'Deployment/web: is not there' });
    await bed.lives.reach(resource, gone, whole);
  });

  it('says that the cluster is away where it is', async () => {
    await writeFile(join(bed.folder, 'kubeconfig'), bed.cluster.kubeconfig.replace(/:\d+"/, ':1"'));
    try {
      await expect(bed.lives.planned(web(), present)).rejects.toThrow('the cluster cannot be reached');
      expect(await (await bed.open()).engines()).toEqual([]);
    } finally {
      await writeFile(join(bed.folder, 'kubeconfig'), bed.cluster.kubeconfig);
    }
  });

  describe('with a chart (rendered by a stand-in for helm, which is not here)', () => {
    const resource = web();
    const script = (body: string): Promise<void> => writeFile(join(bed.folder, 'helm'), `#!/bin/sh\n${body}\n`, { mode: 0o755 });
    beforeAll(() => {
      bed.driver = openHelmDriver;
      bed.helmBinary = join(bed.folder, 'helm');
    });

    it('applies what it renders, with values by standard input', async () => {
      await script(`echo "$@" > ${bed.folder}/asked; cat > ${bed.folder}/values; echo '${JSON.stringify(settings('chart'))}'`);
      const spec = { createNamespace: true, chart: 'chart', values: { password: new Secret('PASSWORD', 'sesame') } };
      await bed.lives.reach(resource, present, spec);
      expect(bed.cluster.objects.get(bed.path(resource, '/api/v1/NS/configmaps/settings'))?.['data']).toEqual({ colour: 'chart' });
      const read = (name: string): string => execFileSync('cat', [join(bed.folder, name)]).toString();
      expect(read('asked').trim()).toBe(
        `template web ${bed.recipeFolder}/chart --namespace=${bed.namespaceOf(resource)} --no-hooks --include-crds --values=-`,
      );
      expect(JSON.parse(read('values'))).toEqual({ password: 'sesame' });
      await bed.lives.reach(resource, gone, spec);
    });

    it('takes no option of helm and no way out of the recipe for a chart', async () => {
      for (const chart of ['--post-renderer=/bin/true', '../other', '/etc', 'a/../../b'])
        await expect(bed.lives.planned(resource, present, { chart, repository: 'https://charts.test', version: '1' })).rejects.toThrow(
          'chart: must be a folder',
        );
    });

    it('says what helm says, and wants a version for what is not in the recipe', async () => {
      await script('echo "Error: no such chart" >&2; exit 1');
      await expect(bed.lives.planned(resource, present, { chart: 'none' })).rejects.toThrow('chart: Error: no such chart');
      await expect(bed.lives.planned(resource, present, { chart: 'oci://registry.test/chart' })).rejects.toThrow(/version: must be given/);
    });
  });
});
