import { basename } from 'node:path';
import { Secret } from '@klevr/recipes/secret';
import { z } from 'zod';

/**
 * The section of a recipe for a monitoring stack. Whatever may be left out may also be null or an empty text, since that is what a template gives of a parameter
 * that is not set: such receivers, jobs and endpoints do not exist.
 */
const blank = (value: unknown): boolean => value === null || value === undefined || value === '';
const notBlank = (value: unknown): unknown => (blank(value) ? undefined : value);
const optional = <S extends z.ZodType>(schema: S) => z.preprocess(notBlank, schema.optional()).optional();
const usual = <S extends z.ZodType>(schema: S, value: z.output<S>) => z.preprocess((given) => (blank(given) ? value : given), schema);
/** Slots of a recipe that are not filled are left out. */
const filled = <S extends z.ZodType>(key: string, schema: S) =>
  z.preprocess((given) => {
    const slots = (Array.isArray(given) ? given : blank(given) ? [] : [given]) as unknown[];
    return slots.filter((slot) => !(typeof slot === 'object' && slot !== null && blank((slot as Record<string, unknown>)[key])));
  }, z.array(schema).max(64));

const text = z.string().min(1).max(4096);
const url = text.regex(/^https?:\/\/\S+$/, 'must be an http or https address');
/** Grafana reads files and variables into its settings where these name them so. */
const grafanaUrl = url.refine((given) => !given.includes('$__'), 'must not hold $__');
const secret = z.instanceof(Secret, { error: 'must be a credential: {fromCredential: name}' });
const host = z.string().regex(/^[A-Za-z0-9.:_-]{1,255}$/, 'must be an address or a host name');
const port = z.number().int().min(1).max(65_535);
const seconds = z.number().positive().max(86_400);
const labels = usual(z.record(z.string().regex(/^[a-zA-Z_][a-zA-Z0-9_]*$/, 'is no label name'), z.string().max(4096)), {});
const name = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/, 'must be letters, digits, dots, hyphens and underscores');
const auth = { bearer: optional(secret), username: optional(text), password: optional(secret) };
const relabel = z.strictObject({
  sourceLabels: z.array(z.string()).optional(),
  separator: z.string().optional(),
  regex: z.string().max(4096).optional(),
  targetLabel: z.string().optional(),
  replacement: z.string().optional(),
  action: z
    .enum(['replace', 'keep', 'drop', 'labelmap', 'labeldrop', 'labelkeep', 'lowercase', 'uppercase', 'keepequal', 'dropequal'])
    .optional(),
});
const listens = (usualPort: number) => ({ listen: usual(host, '127.0.0.1'), port: usual(port, usualPort), externalUrl: optional(url) });
const scrapes = {
  intervalSeconds: optional(seconds),
  metricsPath: optional(text),
  relabel: usual(z.array(relabel).max(64), []),
  ...auth,
};

const size = /^\d+(B|KB|MB|GB|TB|PB|EB)$/;
const duration = /^(\d+(ms|[smhdwy]))+$/;
const prometheus = z.strictObject({
  ...listens(9090),
  shards: usual(z.number().int().min(1).max(32), 1),
  deleteDataOfRemovedShards: usual(z.boolean(), false),
  retentionTime: usual(z.string().regex(duration, 'must be a time such as 15d'), '15d'),
  retentionSize: optional(z.string().regex(size, 'must be a size such as 10GB')),
  externalLabels: labels,
});
const scrape = z.strictObject({
  intervalSeconds: usual(seconds, 15),
  timeoutSeconds: optional(seconds),
  evaluationIntervalSeconds: optional(seconds),
  httpSd: filled('url', z.strictObject({ job: name, url, refreshSeconds: usual(seconds, 30), ...scrapes })),
  jobs: filled(
    'targets',
    z.strictObject({ job: name, targets: z.array(text).max(10_000), scheme: usual(z.enum(['http', 'https']), 'http'), labels, ...scrapes }),
  ),
});
const remoteWrite = z.strictObject({ url, name: optional(name), ...auth });

const matchers = usual(z.array(text).max(64), []);
interface Route {
  receiver: string;
  matchers: string[];
  continue: boolean;
  groupBy?: string[] | undefined;
  groupWaitSeconds?: number | undefined;
  groupIntervalSeconds?: number | undefined;
  repeatIntervalSeconds?: number | undefined;
  routes: Route[];
}
const route: z.ZodType<Route> = z.lazy(() =>
  z.strictObject({
    receiver: name,
    matchers,
    continue: usual(z.boolean(), false),
    groupBy: z.array(text).max(64).optional(),
    groupWaitSeconds: z.number().min(0).max(86_400).optional(),
    groupIntervalSeconds: seconds.optional(),
    repeatIntervalSeconds: z.number().positive().max(31_536_000).optional(),
    routes: usual(z.array(route).max(256), []),
  }),
);
const hook = z.strictObject({ url: z.union([url, secret]), sendResolved: usual(z.boolean(), true), ...auth });
const receiver = z.strictObject({
  name,
  email: filled(
    'to',
    z.strictObject({
      to: text,
      from: text,
      smarthost: z.string().regex(/^[^\s:]+:\d+$|^\[[^\]]+\]:\d+$/, 'must be host:port'),
      username: optional(text),
      password: optional(secret),
      requireTls: usual(z.boolean(), true),
      sendResolved: usual(z.boolean(), true),
    }),
  ),
  webhook: filled('url', hook),
  sms: filled('url', hook).describe('a gateway that takes the webhook of Alertmanager and sends short messages'),
  chat: filled('url', z.strictObject({ url: secret, channel: optional(text), sendResolved: usual(z.boolean(), true) })).describe(
    'an incoming webhook as Slack and Mattermost have them',
  ),
});
const alertmanager = z
  .strictObject({
    ...listens(9093),
    receivers: z.array(receiver).min(1).max(64),
    route,
    inhibit: usual(z.array(z.strictObject({ source: matchers, target: matchers, equal: usual(z.array(text), []) })).max(64), []),
  })
  .superRefine(({ receivers, route: top }, context) => {
    const known = new Set(receivers.map((one) => one.name));
    const look = (one: Route, path: (string | number)[]): void => {
      if (!known.has(one.receiver)) context.addIssue({ code: 'custom', path: [...path, 'receiver'], message: 'is none of the receivers' });
      one.routes.forEach((inner, index) => look(inner, [...path, 'routes', index]));
    };
    look(top, ['route']);
  });

const Sections = z.strictObject({
  binaries: usual(
    z.union([z.enum(['auto', 'path', 'packages', 'apt']), z.strictObject({ folder: z.string().regex(/^\/[^\0]*$/, 'must be absolute') })]),
    'auto',
  ),
  prometheus: usual(prometheus, prometheus.parse({})),
  scrape: usual(scrape, scrape.parse({})),
  remoteWrite: filled('url', remoteWrite),
  rules: usual(z.array(z.string().regex(/\.ya?ml(\.liquid)?$/, 'must be a YAML file of the recipe')).max(256), []),
  alertmanager: optional(alertmanager),
  nodeExporter: optional(z.strictObject(listens(9100)).omit({ externalUrl: true })),
  grafana: optional(
    z.strictObject({
      ...listens(3000),
      externalUrl: optional(grafanaUrl),
      dashboards: usual(z.array(text).max(256), []),
      adminPassword: secret,
    }),
  ),
});

export const PrometheusSpec = Sections.superRefine((spec, context) => {
  const jobs = [...spec.scrape.httpSd, ...spec.scrape.jobs].map(({ job }) => job);
  const twice = [...jobs, 'prometheus', 'alertmanager', 'node'].find((job, index, all) => all.indexOf(job) !== index);
  if (twice !== undefined)
    context.addIssue({ code: 'custom', path: ['scrape'], message: `the job ${twice} stands there twice, or is one of the stack's own` });
  for (const [path, twin] of sameNames(spec))
    context.addIssue({ code: 'custom', path, message: `${twin} would be written over another file of its name` });
  const ports = listenersOf(spec).map((one) => one.port);
  if (new Set(ports).size < ports.length)
    context.addIssue({ code: 'custom', path: [], message: `each program needs a port of its own: ${ports.join(', ')}` });
  if (Math.max(...ports) > 65_535)
    context.addIssue({ code: 'custom', path: ['prometheus', 'port'], message: 'leaves no room for the ports of the shards' });
});

/** Where files of the recipe stand in the stack. */
export const ruleName = (path: string): string => path.replace(/\.liquid$/, '').replaceAll('/', '-');
export const dashboardName = (path: string): string => basename(path).replace(/\.liquid$/, '');

const sameNames = ({ rules, grafana }: z.output<typeof Sections>): [string[], string][] => {
  const twinsIn = (path: string[], given: readonly string[], nameOf: (file: string) => string): [string[], string][] => {
    const names = given.map(nameOf);
    return given.flatMap((file, index): [string[], string][] => {
      const first = names.indexOf(names[index] ?? '');
      // One that is named twice is written once.
      return first < index && given[first] !== file ? [[path, file]] : [];
    });
  };
  return [...twinsIn(['rules'], rules, ruleName), ...twinsIn(['grafana', 'dashboards'], grafana?.dashboards ?? [], dashboardName)];
};
export type PrometheusSpec = z.output<typeof PrometheusSpec>;
export type Receiver = PrometheusSpec['alertmanager'] extends infer A | undefined
  ? A extends { receivers: (infer R)[] }
    ? R
    : never
  : never;
export type { Route };

export interface Listener {
  readonly name: string;
  readonly listen: string;
  readonly port: number;
}
/** The first shard has the plain name, so that a stack without shards reads as one. */
export const shardName = (shard: number): string => (shard === 0 ? 'prometheus' : `prometheus-${shard}`);

type Listening = Pick<PrometheusSpec, 'prometheus' | 'alertmanager' | 'nodeExporter' | 'grafana'>;
export const listenersOf = ({
  prometheus: { shards, port: first, listen },
  alertmanager: alerts,
  nodeExporter,
  grafana,
}: Listening): Listener[] => [
  ...Array.from({ length: shards }, (_, shard) => ({ name: shardName(shard), listen, port: first + shard })),
  ...(alerts === undefined ? [] : [{ name: 'alertmanager', listen: alerts.listen, port: alerts.port }]),
  ...(nodeExporter === undefined ? [] : [{ name: 'node-exporter', listen: nodeExporter.listen, port: nodeExporter.port }]),
  ...(grafana === undefined ? [] : [{ name: 'grafana', listen: grafana.listen, port: grafana.port }]),
];
