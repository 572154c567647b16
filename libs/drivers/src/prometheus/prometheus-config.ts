import { bucketCount, bucketsOfShard } from './shard-buckets.js';
import type { PrometheusSpec } from './prometheus-spec.js';
import { listenersOf } from './prometheus-spec.js';
import type { SecretFiles } from './secret-files.js';
import { hostPort, reachableHost } from './addresses.js';

const seconds = (value: number): string => (Number.isInteger(value) ? `${value}s` : `${Math.round(value * 1000)}ms`);
type Relabel = PrometheusSpec['scrape']['httpSd'][number]['relabel'][number];

/** The configuration of one shard; `rules` are paths. */
export const prometheusConfig = (spec: PrometheusSpec, shard: number, rules: readonly string[], secrets: SecretFiles): object => {
  const { scrape, prometheus, remoteWrite } = spec;
  const labels = { ...prometheus.externalLabels, ...(prometheus.shards > 1 ? { klevr_shard: String(shard) } : {}) };
  return {
    global: {
      scrape_interval: seconds(scrape.intervalSeconds),
      scrape_timeout: seconds(scrape.timeoutSeconds ?? Math.min(10, scrape.intervalSeconds)),
      evaluation_interval: seconds(scrape.evaluationIntervalSeconds ?? scrape.intervalSeconds),
      ...(Object.keys(labels).length > 0 ? { external_labels: labels } : {}),
    },
    ...(rules.length > 0 ? { rule_files: rules } : {}),
    ...alerting(spec),
    scrape_configs: [...ownJobs(spec, shard), ...asked(spec, shard, secrets)],
    ...(remoteWrite.length > 0
      ? {
          remote_write: remoteWrite.map(({ url, name, ...auth }, index) => ({
            ...{ url, name },
            ...secrets.auth(`remote-write-${name ?? index}`, auth),
          })),
        }
      : {}),
  };
};

const alerting = (spec: PrometheusSpec): object => {
  if (spec.alertmanager === undefined) return {};
  // Alerts of all shards are of one system: what tells the shards apart would make the same alert several ones.
  const relabel = spec.prometheus.shards > 1 ? { alert_relabel_configs: [{ regex: 'klevr_shard', action: 'labeldrop' }] } : {};
  return { alerting: { ...relabel, alertmanagers: [{ static_configs: [{ targets: [addressOf(spec, 'alertmanager')] }] }] } };
};

const addressOf = (spec: PrometheusSpec, name: string): string => {
  const found = listenersOf(spec).find((one) => one.name === name);
  return found === undefined ? '' : hostPort(reachableHost(found.listen), found.port);
};

/** Of the stack itself. Each shard watches itself; the others belong to one of them like every target. */
const ownJobs = (spec: PrometheusSpec, shard: number): object[] => {
  const self = listenersOf(spec)[shard];
  const address = self === undefined ? '' : addressOf(spec, self.name);
  const others = { alertmanager: spec.alertmanager, 'node-exporter': spec.nodeExporter };
  return [
    { job_name: 'prometheus', static_configs: [{ targets: [address] }] },
    ...Object.entries(others).flatMap(([name, there]) =>
      there === undefined
        ? []
        : [
            {
              job_name: name === 'node-exporter' ? 'node' : name,
              static_configs: [{ targets: [addressOf(spec, name)] }],
              ...relabels([], spec, shard),
            },
          ],
    ),
  ];
};

const asked = (spec: PrometheusSpec, shard: number, secrets: SecretFiles): object[] => [
  ...spec.scrape.httpSd.map((sd) => ({
    ...common(sd, {}),
    http_sd_configs: [{ url: sd.url, refresh_interval: seconds(sd.refreshSeconds), ...secrets.auth(`discovery-${sd.job}`, sd) }],
    ...relabels(sd.relabel, spec, shard),
  })),
  ...spec.scrape.jobs.map((job) => ({
    ...common(job, secrets.auth(`job-${job.job}`, job)),
    scheme: job.scheme,
    static_configs: [{ targets: job.targets, ...(Object.keys(job.labels).length > 0 ? { labels: job.labels } : {}) }],
    ...relabels(job.relabel, spec, shard),
  })),
];

const common = (
  { job, intervalSeconds, metricsPath }: { job: string; intervalSeconds?: number | undefined; metricsPath?: string | undefined },
  auth: object,
): object => ({
  job_name: job,
  ...(intervalSeconds === undefined
    ? {}
    : { scrape_interval: seconds(intervalSeconds), scrape_timeout: seconds(Math.min(10, intervalSeconds)) }),
  ...(metricsPath === undefined ? {} : { metrics_path: metricsPath }),
  ...auth,
});

const relabels = (given: readonly Relabel[], { prometheus: { shards } }: PrometheusSpec, shard: number): object => {
  const ofShard =
    shards === 1
      ? []
      : [
          { source_labels: ['__address__'], modulus: bucketCount, target_label: '__tmp_klevr_bucket', action: 'hashmod' },
          { source_labels: ['__tmp_klevr_bucket'], regex: bucketsOfShard(shard, shards), action: 'keep' },
        ];
  const all = [...given.map(relabelOf), ...ofShard];
  return all.length > 0 ? { relabel_configs: all } : {};
};

const relabelOf = ({ sourceLabels, separator, regex, targetLabel, replacement, action }: Relabel): object => ({
  ...{ source_labels: sourceLabels, separator, regex, target_label: targetLabel, replacement, action },
});
