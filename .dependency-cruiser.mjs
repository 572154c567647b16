// Module boundaries and layers. Every rule is shown to fail by scripts/src/boundaries.spec.ts.
const specs = '\\.spec\\.ts$';
const tests = '\\.(spec|fixture)\\.ts$';
const domain = '/[^/.]+\\.ts$';
const outsideServices = '^(libs|scripts|bench)/';
const anyModule = (names) => `node_modules/(${names})(/|$)`;
const nats = anyModule('@nats-io/[^/]+');
const frameworks = anyModule('@nestjs/[^/]+|typeorm|fastify|@fastify/[^/]+|@nats-io/[^/]+|ioredis|undici');

/** @type {import('dependency-cruiser').IConfiguration} */
export default {
  forbidden: [
    { name: 'no-circular', severity: 'error', comment: 'Modules depend on each other in one direction.', from: {}, to: { circular: true } },
    {
      name: 'no-unresolved',
      severity: 'error',
      comment: 'Every import leads to a file or an installed package.',
      from: {},
      to: { couldNotResolve: true },
    },
    {
      name: 'no-service-to-service',
      severity: 'error',
      comment: 'A service asks another over NATS; it never imports it.',
      from: { path: '^services/([^/]+)/' },
      to: { path: '^services/', pathNot: '^services/$1/' },
    },
    {
      name: 'no-lib-to-service',
      severity: 'error',
      comment: 'Libraries do not know the services.',
      from: { path: '^libs/' },
      to: { path: '^(services|scripts|bench)/' },
    },
    {
      name: 'no-relative-import-across-packages',
      severity: 'error',
      comment: 'Another package is imported by its name.',
      from: { path: '^(libs|services)/([^/]+)/' },
      to: { path: '^(libs|services|scripts|bench)/', dependencyTypesNot: ['aliased-workspace'], pathNot: '^$1/$2/' },
    },
    {
      name: 'contracts-are-a-leaf',
      severity: 'error',
      comment: 'Contracts import nothing but zod and ulid, so that everything may import them.',
      from: { path: '^libs/contracts/src/', pathNot: tests },
      to: { pathNot: ['^libs/contracts/src/', anyModule('zod|ulid')] },
    },
    {
      name: 'election-is-pure',
      severity: 'error',
      comment: 'The rule of the election is functions over data: no clock, no transport, nothing but itself and types of the contracts.',
      from: { path: '^libs/election/src/', pathNot: tests },
      to: { pathNot: '^libs/(election|contracts)/src/' },
    },
    {
      name: 'election-takes-types-only',
      severity: 'error',
      comment: 'Of the contracts the election needs the shapes; what checks them runs at the edge.',
      from: { path: '^libs/election/src/', pathNot: tests },
      to: { path: '^libs/contracts/src/', dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'nats-only-in-messaging',
      severity: 'error',
      comment: 'Only libs/messaging knows the NATS client.',
      from: { pathNot: '^libs/messaging/' },
      to: { path: nats },
    },
    {
      name: 'agent-without-frameworks',
      severity: 'error',
      comment: 'The agent stays small: neither Nest nor TypeORM is loaded, not even by way of a library.',
      from: { path: ['^services/agent/src/', '^libs/(agent-runtime|drivers|libvirt)/src/'] },
      to: { path: anyModule('@nestjs/[^/]+|typeorm'), reachable: true },
    },
    {
      name: 'service-without-transport',
      severity: 'error',
      comment: 'A service decides; transports and SQL are for the edge and the stores.',
      from: { path: '\\.service\\.ts$' },
      to: { path: anyModule('@nestjs/microservices|@nestjs/platform-fastify|typeorm|mysql2|@nats-io/[^/]+|fastify|ioredis|undici') },
    },
    {
      name: 'service-not-to-edge',
      severity: 'error',
      comment: 'Layers point one way: edge, service, store.',
      from: { path: '\\.service\\.ts$' },
      to: { path: '\\.(controller|handler)\\.ts$' },
    },
    {
      name: 'edge-not-to-store',
      severity: 'error',
      comment: 'The edge asks a service; it never reaches past it.',
      from: { path: '\\.(controller|handler)\\.ts$' },
      to: { path: '\\.store\\.ts$' },
    },
    {
      name: 'store-not-upwards',
      severity: 'error',
      comment: 'A store takes data and gives data; it knows no layer above it.',
      from: { path: '\\.store\\.ts$' },
      to: { path: '\\.(controller|handler|service)\\.ts$' },
    },
    {
      name: 'domain-without-framework',
      severity: 'error',
      comment: 'A file without a kind in its name is pure domain: tables and functions.',
      from: { path: domain, pathNot: ['/main\\.ts$', outsideServices] },
      to: { path: frameworks },
    },
    {
      name: 'domain-not-upwards',
      severity: 'error',
      comment: 'Pure domain files know no layer.',
      from: { path: domain, pathNot: ['/main\\.ts$', '^services/agent/', outsideServices] },
      to: { path: '\\.(controller|handler|service|store|module)\\.ts$' },
    },
    {
      name: 'test-tools-only-in-tests',
      severity: 'error',
      comment: 'What is shipped does not depend on libs/testing.',
      from: { path: '^(libs|services)/', pathNot: ['^libs/testing/', tests] },
      to: { path: '^libs/testing/' },
    },
    {
      name: 'launcher-only-in-tools',
      severity: 'error',
      comment: 'Services are started by the launcher; they do not know it.',
      from: { path: '^(libs|services)/', pathNot: ['^libs/(launcher|testing)/', tests] },
      to: { path: '^libs/launcher/' },
    },
    {
      name: 'no-import-of-specs',
      severity: 'error',
      comment: 'A test is not a library.',
      from: {},
      to: { path: specs },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '(^|/)(dist|reports|\\.nx|\\.klevr)/' },
    tsPreCompilationDeps: true,
    combinedDependencies: true,
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['types', 'import', 'node', 'default'],
      extensions: ['.ts', '.mjs', '.js', '.json'],
    },
    tsConfig: { fileName: 'tsconfig.json' },
  },
};
