import { host, ids, proof } from '../samples.fixture.js';

/** A request that must be refused: how it is sent, the status, and (where they can be told) the paths of all its faults, in any order. */
export interface BadRequest {
  readonly name: string;
  readonly send: string;
  readonly body?: unknown;
  readonly text?: string | Uint8Array;
  readonly headers?: Record<string, string>;
  readonly status: number;
  readonly faults?: readonly string[];
}

export const task = { name: 'x', zone: 'demo', target: { all: '' }, steps: [{ name: 'a', run: 'true' }] };
const step = (changes: object): object => ({ ...task, steps: [{ name: 'a', run: 'true', ...changes }] });
const enroll = { joinToken: 'klevr_j_x', publicKey: `U${'A'.repeat(55)}`, host, version: '1' };
const nested = (levels: number): string => `${'['.repeat(levels)}${']'.repeat(levels)}`;
export const tasks = 'POST /tasks';
const json = { 'content-type': 'application/json' };

const malformed: BadRequest[] = [
  { name: 'no body', send: tasks, status: 400 },
  { name: 'an empty body', send: tasks, text: '', headers: json, status: 400 },
  { name: 'a cut body', send: tasks, text: '{"name":', status: 400 },
  { name: 'something behind the body', send: tasks, text: '{} {}', status: 400 },
  { name: 'null', send: tasks, body: null, status: 400 },
  { name: 'a list', send: tasks, body: [task], status: 400 },
  { name: 'a number', send: tasks, body: 1, status: 400 },
  { name: 'a text', send: tasks, body: 'task', status: 400 },
  { name: 'bytes that are no UTF-8', send: tasks, text: new Uint8Array([0x22, 0xc3, 0x28, 0x22]), status: 400 },
  { name: 'a raw NUL byte', send: tasks, text: '{"name":"a\u0000"}', status: 400 },
  { name: 'NaN', send: tasks, text: '{"priority":NaN}', status: 400 },
  { name: 'single quotes', send: tasks, text: "{'name':1}", status: 400 },
  { name: 'a byte order mark of UTF-16', send: tasks, text: new Uint8Array([0xff, 0xfe, 0x7b, 0, 0x7d, 0]), status: 400 },
  { name: 'a million brackets', send: tasks, text: nested(1_000_000), status: 400 },
  { name: 'a million lists', send: tasks, text: `[${'[],'.repeat(1_000_000)}1]`, status: 400 },
  { name: 'a body nested too deep', send: tasks, text: `{"parameters":${nested(100)}}`, status: 400 },
  {
    name: '__proto__',
    send: tasks,
    text: '{"parameters":{"__proto__":{"admin":true}}}',
    status: 400,
    faults: ['parameters.__proto__', 'name', 'zone', 'target', 'steps'],
  },
  {
    name: 'constructor.prototype',
    send: tasks,
    text: JSON.stringify(task).replace('{', '{"constructor":{"prototype":{}},'),
    status: 400,
    faults: ['constructor'],
  },
  { name: 'a NUL in a text', send: tasks, body: { ...task, name: 'a\0b' }, status: 400, faults: ['name'] },
  { name: 'a NUL in a name', send: tasks, body: { ...task, parameters: { 'a\0b': 1 } }, status: 400, faults: ['parameters'] },
  { name: 'half a surrogate pair', send: tasks, body: { ...task, name: '\ud800' }, status: 400, faults: ['name'] },
  { name: 'a form', send: tasks, text: 'name=x', headers: { 'content-type': 'application/x-www-form-urlencoded' }, status: 415 },
  { name: 'plain text', send: tasks, text: JSON.stringify(task), headers: { 'content-type': 'text/plain' }, status: 415 },
  { name: 'XML', send: tasks, text: '<task/>', headers: { 'content-type': 'application/xml' }, status: 415 },
  { name: 'a file upload', send: tasks, text: '--b--', headers: { 'content-type': 'multipart/form-data; boundary=b' }, status: 415 },
  { name: 'no such content type', send: tasks, text: '{}', headers: { 'content-type': 'json' }, status: 415 },
  {
    name: 'a compressed body',
    send: tasks,
    text: new Uint8Array([0x1f, 0x8b, 8, 0]),
    headers: { 'content-encoding': 'gzip' },
    status: 415,
  },
  { name: 'a body over 4 MiB', send: tasks, text: JSON.stringify({ name: 'x'.repeat(4 * 1024 * 1024) }), status: 413 },
  {
    name: 'a body that grows beyond what NATS carries',
    send: tasks,
    text: `{"name":"x","zone":"demo","target":{"all":""},"steps":[{"name":"a","run":"true"}],"parameters":{"n":[${'1e20,'.repeat(800_000)}1]}}`,
    status: 413,
  },
];

const fields: BadRequest[] = [
  { name: 'every field missing', send: tasks, body: {}, status: 400, faults: ['name', 'zone', 'target', 'steps'] },
  { name: 'an unknown field', send: tasks, body: { ...task, colour: 1 }, status: 400, faults: ['colour'] },
  {
    name: 'several faults at once',
    send: tasks,
    body: { ...task, name: '', priority: 101, nme: 1, zne: 1 },
    status: 400,
    faults: ['name', 'priority', 'nme', 'zne'],
  },
  {
    name: 'types that are all wrong',
    send: tasks,
    body: { name: 1, zone: {}, target: 'all', steps: {}, priority: '1' },
    status: 400,
    faults: ['name', 'zone', 'target', 'steps', 'priority'],
  },
  { name: 'null for texts', send: tasks, body: { ...task, name: null, deadline: null }, status: 400, faults: ['name', 'deadline'] },
  { name: 'a name that is too long', send: tasks, body: { ...task, name: 'x'.repeat(201) }, status: 400, faults: ['name'] },
  { name: 'a zone name in capitals', send: tasks, body: { ...task, zone: 'DEMO' }, status: 400, faults: ['zone'] },
  {
    name: 'a number beyond every double',
    send: tasks,
    text: JSON.stringify({ ...task, priority: 7 }).replace(':7', ':1e999'),
    status: 400,
    faults: ['priority'],
  },
  {
    name: 'an integer beyond 2^53',
    send: tasks,
    text: JSON.stringify({ ...task, priority: 7 }).replace(':7', ':9007199254740993'),
    status: 400,
    faults: ['priority'],
  },
  { name: 'a fraction for an integer', send: tasks, body: { ...task, priority: 0.5 }, status: 400, faults: ['priority'] },
  { name: 'a negative time', send: tasks, body: { ...task, timeoutSeconds: -1 }, status: 400, faults: ['timeoutSeconds'] },
  { name: 'a time that is none', send: tasks, body: { ...task, deadline: '2026-13-45T99:99:99.000Z' }, status: 400, faults: ['deadline'] },
  { name: 'no steps', send: tasks, body: { ...task, steps: [] }, status: 400, faults: ['steps'] },
  {
    name: 'too many steps',
    send: tasks,
    body: { ...task, steps: Array.from({ length: 101 }, () => ({ name: 'a', run: 'true' })) },
    status: 400,
    faults: ['steps'],
  },
  { name: 'a step that both runs and uses', send: tasks, body: step({ use: 'Noop' }), status: 400 },
  {
    name: 'a step with faults in two fields',
    send: tasks,
    body: step({ timeoutSeconds: 0, retries: -1 }),
    status: 400,
    faults: ['steps.0.timeoutSeconds', 'steps.0.retries'],
  },
  { name: 'an environment name with a dash', send: tasks, body: step({ env: { 'A-B': '1' } }), status: 400 },
  { name: 'two targets', send: tasks, body: { ...task, target: { all: '', any: '' } }, status: 400 },
  {
    name: 'a target that is no agent',
    send: tasks,
    body: { ...task, target: { agent: 'h1' } },
    status: 400,
    faults: ['target.agent'],
  },
  {
    name: 'a callback to a file',
    send: tasks,
    body: { ...task, callbacks: [{ url: 'file:///etc/passwd' }] },
    status: 400,
    faults: ['callbacks.0.url'],
  },
  {
    name: 'a hundred thousand unknown fields',
    send: tasks,
    body: Object.fromEntries(Array.from({ length: 100_000 }, (_, at) => [`f${at}`, at])),
    status: 400,
  },
  {
    name: 'a zone with faults everywhere',
    send: 'POST /zones',
    body: { name: '-a', platform: 'moon', labels: { '-': 'x', a: '-' }, settings: { heartbeatSeconds: 0, foo: 1 } },
    status: 400,
    faults: ['name', 'platform', 'labels.-', 'labels.a', 'settings.heartbeatSeconds', 'settings.foo'],
  },
  {
    name: 'a join token for no time',
    send: 'POST /zones/demo/join-tokens',
    body: { ttlSeconds: 0, maxUses: 1e9 },
    status: 400,
    faults: ['ttlSeconds', 'maxUses'],
  },
  { name: 'a change of nothing', send: 'PATCH /zones/demo', body: {}, status: 400, faults: [''] },
  { name: 'a change without a body', send: 'PATCH /zones/demo', status: 400 },
  { name: 'a new name for a zone', send: 'PATCH /zones/demo', body: { name: 'other', platform: 'vm' }, status: 400, faults: ['name'] },
  {
    name: 'a change with faults everywhere',
    send: 'PATCH /zones/demo',
    body: { environment: 'moon', labels: { a: 1 }, settings: { heartbeatSeconds: '1', foo: 1 } },
    status: 400,
    faults: ['environment', 'labels.a', 'settings.heartbeatSeconds', 'settings.foo'],
  },
  {
    name: 'what operators cannot say of an agent',
    send: `PATCH /agents/${ids.agent}`,
    body: { labels: { '-': 'x' }, status: 'online' },
    status: 400,
    faults: ['labels.-', 'status'],
  },
  { name: 'a drain with fields', send: `POST /agents/${ids.agent}/drain`, body: { at: 'night' }, status: 400, faults: ['at'] },
  {
    name: 'credentials without proof',
    send: `POST /agents/${ids.agent}/credentials`,
    body: {},
    status: 400,
    faults: ['atMs', 'signature'],
  },
  {
    name: 'credentials with faults everywhere',
    send: 'POST /agents/h1/credentials',
    body: { ...proof, atMs: 1.5, signature: 'x', waitSeconds: 61, publicKey: 'U' },
    status: 400,
    faults: ['id', 'atMs', 'signature', 'waitSeconds', 'publicKey'],
  },
  {
    name: 'a join token with approval that is no yes or no',
    send: 'POST /zones/demo/join-tokens',
    body: { approval: 'yes', rejoin: 1 },
    status: 400,
    faults: ['approval', 'rejoin'],
  },
  {
    name: 'faults in path and body',
    send: 'POST /zones/DEMO/join-tokens',
    body: { ttlSeconds: 'x' },
    status: 400,
    faults: ['zone', 'ttlSeconds'],
  },
  {
    name: 'a hand-over to no agent',
    send: 'POST /zones/demo/primary/handover',
    body: { agentId: 'x', force: true },
    status: 400,
    faults: ['agentId', 'force'],
  },
  { name: 'a cancel with fields', send: `POST /tasks/${ids.task}/cancel`, body: { force: true }, status: 400, faults: ['force'] },
  { name: 'a sign-in without password', send: 'POST /sessions', body: { username: 'admin' }, status: 400, faults: ['password'] },
  {
    name: 'a sign-in with lists',
    send: 'POST /sessions',
    body: { username: ['admin'], password: { $ne: '' } },
    status: 400,
    faults: ['username', 'password'],
  },
  {
    name: 'an enrolment with another key',
    send: 'POST /enroll',
    body: { ...enroll, publicKey: 'UABC', joinToken: '' },
    status: 400,
    faults: ['publicKey', 'joinToken'],
  },
  {
    name: 'an enrolment with half a host',
    send: 'POST /enroll',
    body: { ...enroll, host: { ...host, cpu: { count: '2' }, disks: [1] } },
    status: 400,
    faults: ['host.cpu.count', 'host.cpu.model', 'host.disks.0'],
  },
];

export const badBodies: readonly BadRequest[] = [...malformed, ...fields];
