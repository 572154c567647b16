import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { newId } from '@klevr/contracts/ids';
import type { KubeObject } from './kube-object.js';

/**
 * A stand-in for a cluster's API server, for kubectl: a few kinds, server-side apply of whole objects, dry runs, watches. There is no real one to be had where the
 * tests run. What it refuses like a real one: kinds that it does not know, objects in namespaces that are not there, changes of a Service's `clusterIP`.
 */
interface Kind {
  readonly group: string;
  readonly plural: string;
  readonly kind: string;
  readonly namespaced: boolean;
}
type Tree = Record<string, unknown>;

const builtIn: Kind[] = [
  { group: 'v1', plural: 'namespaces', kind: 'Namespace', namespaced: false },
  { group: 'v1', plural: 'configmaps', kind: 'ConfigMap', namespaced: true },
  { group: 'v1', plural: 'secrets', kind: 'Secret', namespaced: true },
  { group: 'v1', plural: 'services', kind: 'Service', namespaced: true },
  { group: 'v1', plural: 'persistentvolumeclaims', kind: 'PersistentVolumeClaim', namespaced: true },
  { group: 'apps/v1', plural: 'deployments', kind: 'Deployment', namespaced: true },
  { group: 'apiextensions.k8s.io/v1', plural: 'customresourcedefinitions', kind: 'CustomResourceDefinition', namespaced: false },
];

export class FakeCluster {
  readonly objects = new Map<string, KubeObject>();
  /** Whether what is applied becomes ready at once. */
  ready = true;
  /** What the account may not do, by the path of the request. */
  forbidden: (path: string) => boolean = () => false;
  private readonly watchers = new Set<{ response: ServerResponse; under: string }>();

  private constructor(private readonly server: Server) {
    for (const name of ['default', 'kube-system'])
      this.put('/api/v1/namespaces', { apiVersion: 'v1', kind: 'Namespace', metadata: { name } });
  }

  static async open(): Promise<FakeCluster> {
    const server = createServer();
    const cluster = new FakeCluster(server);
    server.on('request', (request, response) => void cluster.answer(request, response));
    await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
    return cluster;
  }

  addNamespace(name: string): void {
    if (!this.objects.has(`/api/v1/namespaces/${name}`))
      this.put('/api/v1/namespaces', { apiVersion: 'v1', kind: 'Namespace', metadata: { name } });
  }

  get kubeconfig(): string {
    const server = `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
    return JSON.stringify({
      ...{ apiVersion: 'v1', kind: 'Config', 'current-context': 'test' },
      clusters: [{ name: 'test', cluster: { server } }],
      users: [{ name: 'test', user: { token: 'test' } }],
      contexts: [{ name: 'test', context: { cluster: 'test', user: 'test' } }],
    });
  }

  /** By the path of the object; as a person would with kubectl. */
  edit(path: string, change: (object: Tree) => void): void {
    const object = this.objects.get(path);
    if (object === undefined) throw new Error(`${path} is not there: ${[...this.objects.keys()].join(' ')}`);
    change(object);
    this.tell('MODIFIED', path, object);
  }

  remove(path: string): void {
    const object = this.objects.get(path);
    this.objects.delete(path);
    if (object !== undefined) this.tell('DELETED', path, object);
    if (object?.kind !== 'Namespace') return;
    for (const inner of [...this.objects.keys()]) if (inner.includes(`/namespaces/${object.metadata.name}/`)) this.remove(inner);
  }

  async close(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise<void>((resolve) => void this.server.close(() => resolve()));
  }

  private kinds(): Kind[] {
    const defined = [...this.objects.values()]
      .filter(({ kind }) => kind === 'CustomResourceDefinition')
      .map(({ spec }) => spec as { group: string; names: { plural: string; kind: string } })
      .map(({ group, names }) => ({ group: `${group}/v1`, plural: names.plural, kind: names.kind, namespaced: true }));
    return [...builtIn, ...defined];
  }

  private async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { pathname, searchParams } = new URL(request.url ?? '/', 'http://cluster');
    let text = '';
    for await (const piece of request) text += String(piece);
    const json = (body: unknown, status = 200): void =>
      void response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
    const found = this.discovery(pathname);
    if (found !== undefined) return json(found);
    if (this.forbidden(pathname)) return json(failure(403, 'Forbidden', `${pathname} is forbidden`), 403);
    if (searchParams.has('watch')) return this.watch(pathname, response);
    const kind = this.kinds().find(
      ({ group, plural }) => pathname.startsWith(rootOf(group)) && new RegExp(`/${plural}(/[^/]+)?$`).test(pathname),
    );
    const there = this.objects.get(pathname);
    if (kind === undefined) return json(failure(404, 'NotFound', 'the server could not find the requested resource'), 404);
    if (request.method === 'PATCH') return json(...this.apply(pathname, JSON.parse(text) as KubeObject, kind, searchParams.has('dryRun')));
    if (there === undefined && !pathname.endsWith(`/${kind.plural}`))
      return json(failure(404, 'NotFound', `${kind.plural} ${pathname.split('/').pop() ?? ''} not found`), 404);
    if (request.method === 'DELETE') this.remove(pathname);
    return json(
      there ?? {
        kind: `${kind.kind}List`,
        apiVersion: kind.group,
        metadata: { resourceVersion: '1' },
        items: this.listed(pathname, searchParams),
      },
    );
  }

  private listed(path: string, asked: URLSearchParams): KubeObject[] {
    const name = /metadata\.name=([^,]+)/.exec(asked.get('fieldSelector') ?? '')?.[1];
    const [label = '', value] = (asked.get('labelSelector') ?? '').split('=');
    const fits = ({ metadata: { name: own, labels = {} } }: KubeObject): boolean =>
      (name === undefined || own === name) && (label === '' || (value === undefined ? label in labels : labels[label] === value));
    const [root, plural] = [path.slice(0, path.lastIndexOf('/')), path.split('/').pop()];
    const inAny = new RegExp(`^${root}/namespaces/[^/]+/${plural ?? ''}/`);
    return [...this.objects].filter(([at, one]) => (at.startsWith(`${path}/`) || inAny.test(at)) && fits(one)).map(([, object]) => object);
  }

  private discovery(path: string): unknown {
    const groups = [...new Set(this.kinds().map(({ group }) => group))];
    if (path === '/version') return { major: '1', minor: '32', gitVersion: 'v1.32.0' };
    if (path === '/api') return { kind: 'APIVersions', versions: ['v1'] };
    if (path === '/apis') {
      const named = groups
        .filter((group) => group !== 'v1')
        .map((groupVersion) => ({ groupVersion, version: groupVersion.split('/')[1] ?? '' }));
      return {
        kind: 'APIGroupList',
        groups: named.map((one) => ({ name: one.groupVersion.split('/')[0], versions: [one], preferredVersion: one })),
      };
    }
    if (path === '/openapi/v3')
      return {
        paths: Object.fromEntries(groups.map((group) => [rootOf(group).slice(1), { serverRelativeURL: `/openapi/v3${rootOf(group)}` }])),
      };
    const described = groups.find((one) => `/openapi/v3${rootOf(one)}` === path);
    if (described !== undefined) return this.described(described);
    const group = groups.find((one) => rootOf(one) === path);
    const verbs = ['get', 'list', 'create', 'update', 'patch', 'watch', 'delete'];
    const resources = this.kinds().filter((one) => one.group === group);
    return group === undefined
      ? undefined
      : {
          kind: 'APIResourceList',
          groupVersion: group,
          resources: resources.map(({ plural, kind, namespaced }) => ({ name: plural, singularName: '', kind, namespaced, verbs })),
        };
  }

  /** Only what kubectl looks for: that the server checks fields itself. */
  private described(group: string): unknown {
    const [name, version] = group === 'v1' ? ['', 'v1'] : group.split('/');
    const parameters = [{ name: 'fieldValidation', in: 'query', schema: { type: 'string' } }];
    const own = this.kinds().filter((one) => one.group === group);
    const paths = own.map(({ plural, kind }) => [
      `${rootOf(group)}/namespaces/{namespace}/${plural}/{name}`,
      { patch: { parameters, 'x-kubernetes-group-version-kind': { group: name, version, kind }, responses: {} } },
    ]);
    return { openapi: '3.0.0', info: { title: 'cluster', version: '1' }, paths: Object.fromEntries(paths) as unknown };
  }

  private apply(path: string, given: KubeObject, { kind, namespaced }: Kind, dryRun: boolean): [unknown, number] {
    const before = this.objects.get(path);
    const namespace = /\/namespaces\/([^/]+)\//.exec(path)?.[1];
    if (namespaced && namespace !== undefined && !this.objects.has(`/api/v1/namespaces/${namespace}`)) {
      return [failure(404, 'NotFound', `namespaces "${namespace}" not found`), 404];
    }
    const ipOf = (object: KubeObject | undefined): unknown => (object?.['spec'] as Tree | undefined)?.['clusterIP'];
    if (kind === 'Service' && ipOf(before) !== undefined && ipOf(given) !== undefined && ipOf(before) !== ipOf(given)) {
      return [failure(422, 'Invalid', `Service "${given.metadata.name}" is invalid: spec.clusterIP: field is immutable`), 422];
    }
    const metadata = {
      ...given.metadata,
      ...(namespace === undefined ? {} : { namespace }),
      uid: before?.metadata['uid'] ?? newId('message'),
      generation: 1,
    };
    const object = { ...given, metadata, status: this.statusOf(kind, given) };
    if (!dryRun) this.put(path.slice(0, path.lastIndexOf('/')), object);
    return [object, before === undefined ? 201 : 200];
  }

  private put(folder: string, object: KubeObject): void {
    const path = `${folder}/${object.metadata.name}`;
    const type = this.objects.has(path) ? 'MODIFIED' : 'ADDED';
    const uid = object.metadata['uid'] ?? newId('message');
    this.objects.set(path, { ...object, metadata: { ...object.metadata, uid } });
    this.tell(type, path, object);
  }

  private statusOf(kind: string, { spec }: KubeObject): unknown {
    const replicas = (spec as Tree | undefined)?.['replicas'] ?? 1;
    const ready = this.ready ? replicas : 0;
    if (kind === 'Deployment') return { observedGeneration: 1, replicas, availableReplicas: ready, updatedReplicas: ready };
    return kind === 'CustomResourceDefinition' ? { conditions: [{ type: 'Established', status: 'True' }] } : {};
  }

  private watch(path: string, response: ServerResponse): void {
    response.writeHead(200, { 'content-type': 'application/json' }).flushHeaders();
    const watcher = { response, under: path.split('/').pop() ?? '' };
    this.watchers.add(watcher);
    response.on('close', () => void this.watchers.delete(watcher));
    for (const [at, object] of this.objects)
      if (at.includes(`/${watcher.under}/`)) response.write(`${JSON.stringify({ type: 'ADDED', object })}\n`);
  }

  private tell(type: string, path: string, object: unknown): void {
    for (const { response, under } of this.watchers)
      if (path.includes(`/${under}/`)) response.write(`${JSON.stringify({ type, object })}\n`);
  }
}

const rootOf = (group: string): string => (group === 'v1' ? '/api/v1' : `/apis/${group}`);
const failure = (code: number, reason: string, message: string): Tree => ({
  kind: 'Status',
  apiVersion: 'v1',
  status: 'Failure',
  reason,
  code,
  message,
});
