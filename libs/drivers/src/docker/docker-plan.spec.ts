import { describe, expect, it } from '@jest/globals';
import type { ContainerInspectInfo, NetworkInspectInfo, VolumeInspectInfo } from 'dockerode';
import { Secret } from '@klevr/recipes/secret';
import type { Actual, ActualContainer } from './actual-state.js';
import { desiredState, type Desired } from './desired-state.js';
import { asideName, label } from './docker-names.js';
import { planOf } from './docker-plan.js';
import { readSection } from '../read-section.js';
import { DockerSpec } from './docker-spec.js';

const owner = { id: 'res_01', name: 'shop', zoneName: 'demo', revision: 1 };
const files = {
  folder: '/',
  list: () => [],
  read: () => Promise.resolve(Buffer.from('content')),
  render: () => Promise.resolve({ text: '', sensitive: false, known: true, digest: '' }),
};
const desire = (spec: Record<string, unknown>): Promise<Desired> => desiredState(readSection(DockerSpec, spec), { resource: owner, files });
const spec = {
  images: { app: { pull: 'app:1' } },
  networks: { inner: {} },
  volumes: { data: {} },
  containers: {
    web: { image: 'app', networks: ['inner'], dependsOn: ['database'], env: { MODE: 'fast' } },
    database: { image: 'app', mounts: [{ volume: 'data', path: '/data' }], resources: { pids: 10 } },
  },
};

/** What the engine has once all of it was carried out. */
const carriedOut = (desired: Desired): Actual => ({
  containers: desired.containers.map(({ name, part, labels, spec: { resources }, networks }) => ({
    ...{ id: name, name, part, labels },
    info: {
      State: { Status: 'running', Running: true, Paused: false, Restarting: false, Dead: false, ExitCode: 0 },
      HostConfig: { PidsLimit: resources.pids ?? null, RestartPolicy: { Name: 'unless-stopped', MaximumRetryCount: 0 } },
      NetworkSettings: { Networks: Object.fromEntries(networks.map((network) => [network, { NetworkID: network }])) },
    } as unknown as ContainerInspectInfo,
  })),
  networks: desired.networks.map(({ name, part, labels }) => ({ id: name, name, part, labels, info: {} as NetworkInspectInfo })),
  volumes: desired.volumes.map(({ name, part, labels }) => ({ name, part, labels, info: {} as VolumeInspectInfo })),
  images: [],
  references: new Map(desired.images.map(({ reference }) => [reference, 'id'])),
  taken: new Map(),
});
const nothing: Actual = { containers: [], networks: [], volumes: [], images: [], references: new Map(), taken: new Map() };
const told = (desired: Desired, actual: Actual, present = true, deleteData = false): string[] =>
  planOf(desired, actual, present ? { present } : { present, deleteData })
    .filter(({ action }) => action !== 'none')
    .map(({ action, part }) => `${action} ${part}`);
const changed = (actual: Actual, key: string, change: (container: ActualContainer) => Partial<ActualContainer>): Actual => ({
  ...actual,
  containers: actual.containers.map((one) => (one.part === `container/${key}` ? { ...one, ...change(one) } : one)),
});
const inState =
  (state: Partial<ContainerInspectInfo['State']>) =>
  (one: ActualContainer): Partial<ActualContainer> => ({
    info: { ...one.info, State: { ...one.info.State, ...state } },
  });

describe('the plan for a Docker Engine', () => {
  it('makes images first, then what containers use, then each container after those that it depends on', async () => {
    const desired = await desire(spec);
    const order = ['image/app', 'network/inner', 'volume/data', 'container/database', 'container/web'];
    expect(told(desired, nothing)).toEqual(order.map((part) => `create ${part}`));
    expect(told(desired, carriedOut(desired))).toEqual([]);
  });

  it('takes away what others depend on last, and keeps data unless it is told to take it', async () => {
    const desired = await desire(spec);
    const rest = ['delete container/web', 'delete container/database', 'delete network/inner'];
    expect(told(desired, carriedOut(desired), false)).toEqual([...rest, 'keep volume/data']);
    expect(told(desired, carriedOut(desired), false, true)).toEqual([...rest, 'delete volume/data']);
  });

  it('removes what the recipe dropped before it makes what is new, which may want the same port', async () => {
    const before = carriedOut(await desire(spec));
    const after = await desire({ ...spec, containers: { site: { image: 'app' }, database: spec.containers.database } });
    expect(told(after, before)).toEqual(['delete container/web', 'create container/site']);
  });

  it('leaves a data volume that the recipe dropped, and says so', async () => {
    const before = carriedOut(await desire({ volumes: { data: {}, cache: { data: false } } }));
    const plan = planOf(await desire({}), before, { present: true });
    expect(plan.map(({ part, action }) => `${action} ${part}`)).toEqual(['none volume/data', 'delete volume/cache']);
    expect(plan[0]?.reason).toContain('it holds data');
  });

  it('makes a container anew where its making is another, field by field, and shows no secret', async () => {
    const withSecret = (value: string) => ({
      containers: {
        web: { image: 'app', env: { MODE: value, KEY: new Secret('key', value, 'salt') }, files: [{ path: '/a', from: value }] },
      },
    });
    const before = carriedOut(await desire(withSecret('fast')));
    const [change] = planOf(await desire(withSecret('safe')), before, { present: true });
    expect(change).toEqual({
      ...{ part: 'container/web', action: 'replace' },
      fields: [
        { path: 'env.KEY', before: '***', after: '***' },
        { path: 'env.MODE', before: 'fast', after: 'safe' },
      ],
    });
  });

  it('changes limits where the container stands, and makes it anew only to take one away', async () => {
    const limited = (resources: object) => desire({ containers: { web: { image: 'app', resources } } });
    const before = changed(carriedOut(await limited({})), 'web', ({ info }) => ({
      info: { ...info, HostConfig: { ...info.HostConfig, Memory: 10_000_000 } },
    }));
    const grown = planOf(await limited({ memoryBytes: 20_000_000 }), before, { present: true });
    expect(grown).toMatchObject([{ action: 'update', fields: [{ path: 'resources.memoryBytes', before: 10_000_000, after: 20_000_000 }] }]);
    expect(planOf(await limited({}), before, { present: true })).toMatchObject([{ action: 'replace' }]);
  });

  it.each([
    ['update', { Status: 'exited', Running: false, ExitCode: 1 }],
    ['update', { Status: 'paused', Paused: true }],
    ['replace', { Status: 'created', Running: false }],
    ['replace', { Status: 'dead', Running: false, Dead: true }],
    ['none', { Status: 'restarting', Restarting: true }],
  ] as const)('%ss a container of the state %j', async (action, state) => {
    const desired = await desire({ containers: { web: { image: 'app' } } });
    expect(planOf(desired, changed(carriedOut(desired), 'web', inState(state)), { present: true })).toMatchObject([{ action }]);
  });

  it('lets a job that ended well be, and runs one again that did not', async () => {
    const desired = await desire({ containers: { web: { image: 'app', job: true, restart: { policy: 'always' } } } });
    const ended = (ExitCode: number): Actual =>
      changed(carriedOut(desired), 'web', ({ info }) => ({
        info: {
          ...info,
          State: { ...info.State, Status: 'exited', Running: false, ExitCode },
          HostConfig: { RestartPolicy: { Name: 'no' } },
        },
      }));
    expect(told(desired, ended(0))).toEqual([]);
    expect(told(desired, ended(2))).toEqual(['replace container/web']);
  });

  it('makes the containers of a network anew that is made anew', async () => {
    const before = carriedOut(await desire(spec));
    expect(told(await desire({ ...spec, networks: { inner: { internal: true } } }), before)).toEqual([
      'replace network/inner',
      'replace container/web',
    ]);
  });

  it('goes on from a replacement that was cut off: with the old one, or with the new one where that runs', async () => {
    const desired = await desire({ containers: { web: { image: 'app' } } });
    const [fresh] = carriedOut(desired).containers;
    if (fresh === undefined) throw new Error('there is no container');
    const old = { ...fresh, id: 'old', name: asideName(fresh.name), labels: { ...fresh.labels, [label.spec]: 'other' } };
    const planned = (...containers: ActualContainer[]) => planOf(desired, { ...carriedOut(desired), containers }, { present: true })[0];
    expect(planned(old)).toMatchObject({ action: 'replace' });
    expect(planned(old, { ...fresh, ...inState({ Status: 'created', Running: false })(fresh) })).toMatchObject({ action: 'replace' });
    expect(planned(old, fresh)).toMatchObject({ action: 'update', reason: 'an earlier one of it is still there' });
  });

  it('does not run a job again that was done before it was cut off', async () => {
    const desired = await desire({ containers: { migrate: { image: 'app', job: true } } });
    const [made] = carriedOut(desired).containers;
    if (made === undefined) throw new Error('there is no container');
    const done = { ...made, ...inState({ Status: 'exited', Running: false, ExitCode: 0 })(made) };
    const old = { ...done, id: 'old', name: asideName(made.name), labels: { ...made.labels, [label.spec]: 'other' } };
    const [change] = planOf(desired, { ...carriedOut(desired), containers: [old, done] }, { present: true });
    expect(change).toMatchObject({ part: 'container/migrate', action: 'update', reason: 'an earlier one of it is still there' });
  });

  it("refuses every name that is somebody else's at once", async () => {
    const taken = new Map([
      ['container/web', 'not made by Klevr'],
      ['volume/data', 'of the resource other (res_02) of the zone demo'],
    ]);
    const desired = await desire(spec);
    expect(() => planOf(desired, { ...nothing, taken }, { present: true })).toThrow(
      /container\/web: .*not made by Klevr; volume\/data: .*res_02/,
    );
    expect(told(desired, { ...nothing, taken }, false)).toEqual([]);
  });

  it('refuses to change a volume, whose data would be lost', async () => {
    const before = carriedOut(await desire({ volumes: { data: {} } }));
    const other = await desire({ volumes: { data: { options: { type: 'tmpfs' } } } });
    expect(() => planOf(other, before, { present: true })).toThrow('volume/data is there with another options.type');
  });
});
