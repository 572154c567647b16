import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { newId } from '@klevr/contracts/ids';
import { claim, gone, kubectlMissing as skip, KubernetesBed, present, settings, web, whole } from './kubernetes-bed.fixture.js';

(skip === undefined ? describe : describe.skip)(`namespaces of a cluster${skip === undefined ? '' : ` (${skip})`}`, () => {
  let bed: KubernetesBed;
  beforeAll(async () => void (bed = await KubernetesBed.open()));
  afterAll(() => bed.close());

  it('deletes no namespace with which data, or things of other resources, would go', async () => {
    const resource = web();
    const kept = { present: false, deleteData: false } as const;
    const [spec, namespace] = [{ createNamespace: true, objects: [settings('red')] }, bed.namespaceOf(resource)];
    await bed.lives.reach(resource, present, spec);
    // As the controller of a StatefulSet makes them, marked by nobody.
    const path = `/api/v1/namespaces/${namespace}/persistentvolumeclaims/data-db-0`;
    bed.cluster.objects.set(path, { ...claim, metadata: { name: 'data-db-0' } });
    const keeps = { part: `Namespace/${namespace}`, action: 'keep', reason: 'holds data', fields: [] };
    expect(await bed.lives.planned(resource, kept, spec)).toContainEqual(keeps);
    await bed.lives.reach(resource, kept, spec);
    expect(bed.cluster.objects.has(path)).toBe(true);
    const other = { id: newId('resource'), name: 'other' };
    await bed.lives.reach(other, present, { namespace, objects: [{ ...settings('red'), metadata: { name: 'others' } }] });
    await bed.lives.reach(resource, gone, spec);
    expect(bed.cluster.objects.has(`/api/v1/namespaces/${namespace}/configmaps/others`)).toBe(true);
    bed.cluster.remove(`/api/v1/namespaces/${namespace}`);
  });

  it('keeps data that leaves the recipe, and the namespace that the rest is in', async () => {
    const resource = web();
    await bed.lives.reach(resource, present, whole);
    const less = { createNamespace: false, objects: [settings('red')] };
    expect(await bed.parts(resource, less)).toEqual([
      ...['none ConfigMap/settings', 'delete Deployment/web', 'none PersistentVolumeClaim/data'],
      `none Namespace/${bed.namespaceOf(resource)}`,
      'update inventory',
    ]);
    await bed.lives.reach(resource, present, less);
    expect(bed.cluster.objects.has(bed.path(resource, '/api/v1/NS/persistentvolumeclaims/data'))).toBe(true);
    expect((await bed.parts(resource, less)).every((one) => one.startsWith('none '))).toBe(true);
    await bed.lives.reach(resource, gone, less);
    expect((await bed.things()).filter((thing) => thing.includes(bed.namespaceOf(resource)))).toEqual([]);
  });

  it('may be several for one resource', async () => {
    const resource = web();
    const other = `${bed.namespaceOf(resource)}-other`;
    bed.cluster.addNamespace(other);
    const elsewhere = { ...settings('blue'), metadata: { name: 'settings', namespace: other } };
    const spec = { objects: [elsewhere, settings('red')] };
    await bed.lives.reach(resource, present, spec);
    expect(bed.cluster.objects.get(`/api/v1/namespaces/${other}/configmaps/settings`)?.['data']).toEqual({ colour: 'blue' });
    expect(await bed.parts(resource, spec)).toEqual([`none ConfigMap/${other}/settings`, 'none ConfigMap/settings']);
    bed.cluster.edit(`/api/v1/namespaces/${other}/configmaps/settings`, (object) => void (object['data'] = { colour: 'black' }));
    expect((await bed.lives.planned(resource, present, spec)).flatMap(({ fields }) => fields)).toEqual([
      { path: 'data.colour', before: 'black', after: 'blue' },
    ]);
    await bed.lives.reach(resource, gone, spec);
    expect([...bed.thingsIn(other), ...bed.thingsIn(bed.namespaceOf(resource))]).toEqual([]);
  });

  it('takes along what is in another one than before, except data', async () => {
    const resource = web();
    const [before, after] = [bed.namespaceOf(resource), `${bed.namespaceOf(resource)}-new`];
    bed.cluster.addNamespace(after);
    const role = { apiVersion: 'apiextensions.k8s.io/v1', kind: 'CustomResourceDefinition', metadata: { name: 'cups.example.test' } };
    const cups = { ...role, spec: { group: 'example.test', names: { plural: 'cups', kind: 'Cup' } } };
    const spec = { objects: [settings('red'), claim, cups] };
    await bed.lives.reach(resource, present, spec);
    const uid = bed.cluster.objects.get('/apis/apiextensions.k8s.io/v1/customresourcedefinitions/cups.example.test')?.metadata['uid'];
    const moved = { ...spec, namespace: after };
    expect(await bed.parts(resource, moved)).toEqual([
      ...['none CustomResourceDefinition/cups.example.test', 'create ConfigMap/settings', 'create PersistentVolumeClaim/data'],
      ...[`none PersistentVolumeClaim/${before}/data`, `delete ConfigMap/${before}/settings`, 'create inventory'],
    ]);
    await bed.lives.reach(resource, present, moved);
    expect(bed.thingsIn(before)).toEqual(['persistentvolumeclaims/data']);
    expect(bed.thingsIn(after)).toEqual(['configmaps/klevr-web', 'configmaps/settings', 'persistentvolumeclaims/data']);
    expect((await bed.parts(resource, moved)).every((one) => one.startsWith('none '))).toBe(true);
    const same = bed.cluster.objects.get('/apis/apiextensions.k8s.io/v1/customresourcedefinitions/cups.example.test')?.metadata['uid'];
    expect(same).toBe(uid);
    await bed.lives.reach(resource, gone, moved);
    expect([...bed.thingsIn(before), ...bed.thingsIn(after)]).toEqual([]);
  });

  it('are looked into one by one by an account that may not see all', async () => {
    const resource = web();
    bed.cluster.forbidden = (path) => path === '/api/v1/configmaps';
    try {
      await bed.lives.reach(resource, present);
      expect((await bed.parts(resource, bed.spec)).every((one) => one.startsWith('none '))).toBe(true);
      await bed.lives.reach(resource, gone);
      expect(bed.thingsIn(bed.namespaceOf(resource))).toEqual([]);
    } finally {
      bed.cluster.forbidden = () => false;
    }
  });
});
