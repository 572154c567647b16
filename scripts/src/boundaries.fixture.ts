// Bad imports and bad lines, one for each rule, and lawful files that no rule may complain of. The first file of a case is the offender.
export const boundaryPackages = [
  '@nats-io/transport-node',
  '@nestjs/common',
  '@nestjs/microservices',
  'typeorm',
  'fastify',
  'zod',
  'ulid',
  'lodash',
];

const importOf = (path: string): string => `import { thing as other } from '${path}';\n\nexport const thing = other;\n`;
const leaf = 'export const thing = 1;\n';

interface BoundaryCase {
  rule: string;
  files: Record<string, string>;
}

export const boundaryCases: BoundaryCase[] = [
  {
    rule: 'no-circular',
    files: {
      'services/gateway/src/circle-a.ts': `import { b } from './circle-b.js';\n\nexport const a = (): number => b();\n`,
      'services/gateway/src/circle-b.ts': `import { a } from './circle-a.js';\n\nexport const b = (): number => a();\n`,
    },
  },
  { rule: 'no-unresolved', files: { 'services/gateway/src/lost.ts': importOf('./nowhere.js') } },
  { rule: 'no-service-to-service', files: { 'services/gateway/src/neighbour.ts': importOf('@klevr/scheduler/leaf') } },
  { rule: 'no-lib-to-service', files: { 'libs/messaging/src/upwards.ts': importOf('@klevr/scheduler/leaf') } },
  {
    rule: 'no-relative-import-across-packages',
    files: { 'services/gateway/src/relative.ts': importOf('../../../libs/contracts/src/leaf.js') },
  },
  { rule: 'contracts-are-a-leaf', files: { 'libs/contracts/src/heavy.ts': importOf('lodash') } },
  { rule: 'contracts-are-a-leaf', files: { 'libs/contracts/src/outward.ts': importOf('@klevr/messaging/leaf') } },
  { rule: 'election-is-pure', files: { 'libs/election/src/clocked.ts': importOf('@klevr/messaging/leaf') } },
  { rule: 'election-is-pure', files: { 'libs/election/src/heavy.ts': importOf('lodash') } },
  { rule: 'election-takes-types-only', files: { 'libs/election/src/checking.ts': importOf('@klevr/contracts/leaf') } },
  { rule: 'nats-only-in-messaging', files: { 'services/gateway/src/direct.module.ts': importOf('@nats-io/transport-node') } },
  { rule: 'agent-without-frameworks', files: { 'services/agent/src/nested.ts': importOf('@nestjs/common') } },
  {
    rule: 'agent-without-frameworks',
    files: {
      'services/agent/src/indirect.ts': importOf('@klevr/messaging/binding'),
      'libs/messaging/src/binding.ts': importOf('@nestjs/common'),
    },
  },
  { rule: 'service-without-transport', files: { 'services/gateway/src/tasks.service.ts': importOf('typeorm') } },
  { rule: 'service-without-transport', files: { 'services/gateway/src/zones.service.ts': importOf('@nestjs/microservices') } },
  { rule: 'service-without-transport', files: { 'services/gateway/src/pages.service.ts': importOf('fastify') } },
  {
    rule: 'service-not-to-edge',
    files: {
      'services/gateway/src/upside.service.ts': importOf('./upside.controller.js'),
      'services/gateway/src/upside.controller.ts': leaf,
    },
  },
  { rule: 'edge-not-to-store', files: { 'services/gateway/src/short.controller.ts': importOf('./users.store.js') } },
  {
    rule: 'edge-not-to-store',
    files: { 'services/scheduler/src/short.handler.ts': importOf('./zones.store.js'), 'services/scheduler/src/zones.store.ts': leaf },
  },
  { rule: 'store-not-upwards', files: { 'services/gateway/src/high.store.ts': importOf('./users.service.js') } },
  { rule: 'domain-without-framework', files: { 'services/gateway/src/run-state.ts': importOf('@nestjs/common') } },
  { rule: 'domain-not-upwards', files: { 'services/gateway/src/next-fire.ts': importOf('./users.store.js') } },
  { rule: 'test-tools-only-in-tests', files: { 'services/gateway/src/shipped.ts': importOf('@klevr/testing/leaf') } },
  { rule: 'launcher-only-in-tools', files: { 'services/gateway/src/starter.ts': importOf('@klevr/launcher/leaf') } },
  {
    rule: 'no-import-of-specs',
    files: { 'services/gateway/src/borrowed.ts': importOf('./users.spec.js'), 'services/gateway/src/users.spec.ts': leaf },
  },
];

export const lawfulFiles: Record<string, string> = {
  'libs/contracts/src/leaf.ts': leaf,
  'libs/contracts/src/schema.ts': importOf('zod'),
  'libs/messaging/src/leaf.ts': importOf('@nats-io/transport-node'),
  'libs/testing/src/leaf.ts': leaf,
  'libs/launcher/src/leaf.ts': leaf,
  'libs/contracts/src/shapes.ts': 'export interface Shape {\n  side: number;\n}\n',
  'libs/election/src/rule.ts': `import type { Shape } from '@klevr/contracts/shapes';\n\nexport const area = ({ side }: Shape): number => side * side;\n`,
  'services/scheduler/src/leaf.ts': leaf,
  'services/agent/src/plain.ts': importOf('@klevr/messaging/leaf'),
  'services/gateway/src/main.ts': importOf('@nestjs/common'),
  'services/gateway/src/users.store.ts': importOf('typeorm'),
  'services/gateway/src/users.service.ts': importOf('./users.store.js'),
  'services/gateway/src/users.controller.ts': importOf('./users.service.js'),
  'services/gateway/src/users.int.spec.ts': importOf('@klevr/testing/leaf'),
};

interface LintCase {
  rule: string;
  file: string;
  text: string;
}

export const lintCases: LintCase[] = [
  {
    rule: 'typescript(no-explicit-any)',
    file: 'libs/messaging/src/loose.ts',
    text: 'export const loose = (value: any): string => String(value);\n',
  },
  {
    rule: 'typescript(no-non-null-assertion)',
    file: 'libs/messaging/src/sure.ts',
    text: 'export const first = (list: string[]): string => list[0]!;\n',
  },
  { rule: 'typescript(ban-ts-comment)', file: 'libs/messaging/src/hush.ts', text: '// @ts-ignore\nexport const hush: number = 1;\n' },
  {
    rule: 'typescript(no-floating-promises)',
    file: 'libs/messaging/src/floating.ts',
    text: 'const later = async (): Promise<void> => {};\n\nexport const start = (): void => {\n  later();\n};\n',
  },
  {
    rule: 'node(no-process-env)',
    file: 'services/gateway/src/peek.service.ts',
    text: 'export const home = (): string | undefined => process.env.HOME;\n',
  },
  {
    rule: 'eslint(no-restricted-properties)',
    file: 'services/gateway/src/hurry.service.ts',
    text: 'export const now = (): number => Date.now();\n',
  },
  { rule: 'eslint(max-lines)', file: 'libs/messaging/src/endless.ts', text: 'export {};\n'.repeat(251) },
  { rule: 'oxc(no-barrel-file)', file: 'libs/messaging/src/barrel.ts', text: `export * from './leaf.js';\n` },
  { rule: 'eslint(no-console)', file: 'services/gateway/src/loud.service.ts', text: `console.log('loud');\n\nexport {};\n` },
];
