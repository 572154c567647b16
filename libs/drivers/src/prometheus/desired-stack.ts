import { basename, dirname, join } from 'node:path';
import { alertmanagerConfig } from './alertmanager-config.js';
import { baseUrl, hostPort } from './addresses.js';
import { grafanaFiles, grafanaProcess } from './grafana.js';
import { prometheusConfig } from './prometheus-config.js';
import { listenersOf, ruleName, shardName, type PrometheusSpec } from './prometheus-spec.js';
import type { Programs } from './programs.js';
import { SecretFiles } from './secret-files.js';
import { renderedFile, sha256, yamlFile, type RecipeFile, type StackFile } from './stack-file.js';
import type { StackProcess } from './stack-process.js';

export interface DesiredStack {
  readonly files: readonly StackFile[];
  readonly processes: readonly StackProcess[];
  /** Names of data folders. */
  readonly data: readonly string[];
}

/** `root` is the folder in which the stack lives, or the one in which its files are tried out. */
export const desiredStack = (
  spec: PrometheusSpec,
  programs: Programs,
  given: { readonly rules: readonly RecipeFile[]; readonly dashboards: readonly RecipeFile[] },
  root: string,
): DesiredStack => {
  const secrets = new SecretFiles(root);
  const rules = given.rules.map((file) => {
    const part = `config/rules/${ruleName(file.path)}`;
    return renderedFile(part, join(root, part), file);
  });
  const paths = rules.map(({ path }) => path);
  const shards = Array.from({ length: spec.prometheus.shards }, (_, shard) => {
    const part = `config/${shardName(shard)}.yml`;
    return yamlFile(part, join(root, part), prometheusConfig(spec, shard, paths, secrets));
  });
  const alerts =
    spec.alertmanager === undefined
      ? []
      : [yamlFile('config/alertmanager.yml', join(root, 'config/alertmanager.yml'), alertmanagerConfig(spec.alertmanager, secrets))];
  const grafana = grafanaFiles(spec, given.dashboards, root, secrets);
  const once = new Map([...rules, ...shards, ...alerts, ...grafana, ...secrets.files].map((file) => [file.part, file]));
  const processes = listenersOf(spec).map(({ name, listen, port }) => {
    const url = baseUrl(listen, port);
    const base = { name, listen, port, url };
    if (name === 'alertmanager') return alertmanagerProcess(spec, programs, base, root);
    if (name === 'node-exporter') return nodeExporterProcess(programs, base);
    if (name === 'grafana') return finished({ ...base, ...grafanaProcess(programs, root) });
    return prometheusProcess(spec, programs, base, root, paths);
  });
  return {
    ...{ files: [...once.values()], processes },
    data: processes.flatMap(({ writes }) => (writes === undefined ? [] : [basename(writes)])),
  };
};

type Base = Pick<StackProcess, 'name' | 'listen' | 'port' | 'url'>;
const flag = (name: string, value: string | undefined): string[] => (value === undefined ? [] : [`--${name}=${value}`]);

const finished = (one: Omit<StackProcess, 'flags' | 'folder'>): StackProcess => ({
  ...one,
  flags: sha256(JSON.stringify([one.program, one.args])).slice(0, 16),
  // Programs out of unpacked packages find what belongs to them from here (fetch-programs.ts).
  folder: dirname(dirname(one.program)),
});

const prometheusProcess = (
  { prometheus }: PrometheusSpec,
  programs: Programs,
  base: Base,
  root: string,
  rules: readonly string[],
): StackProcess => {
  const [config, data] = [join(root, `config/${base.name}.yml`), join(root, 'data', base.name)];
  return finished({
    ...base,
    program: programs.prometheus ?? 'prometheus',
    args: [
      ...[`--config.file=${config}`, `--storage.tsdb.path=${data}`, `--web.listen-address=${hostPort(base.listen, base.port)}`],
      ...flag('storage.tsdb.retention.time', prometheus.retentionTime),
      ...flag('storage.tsdb.retention.size', prometheus.retentionSize),
      ...flag('web.external-url', prometheus.externalUrl),
    ],
    readyPath: '/-/ready',
    reload: { metrics: 'prometheus', files: [config, ...rules] },
    writes: data,
  });
};

const alertmanagerProcess = ({ alertmanager }: PrometheusSpec, programs: Programs, base: Base, root: string): StackProcess => {
  const [config, data] = [join(root, 'config/alertmanager.yml'), join(root, 'data/alertmanager')];
  return finished({
    ...base,
    program: programs.alertmanager ?? 'alertmanager',
    args: [
      ...[`--config.file=${config}`, `--storage.path=${data}`, `--web.listen-address=${hostPort(base.listen, base.port)}`],
      // It is alone: nobody to gossip with.
      '--cluster.listen-address=',
      ...flag('web.external-url', alertmanager?.externalUrl),
    ],
    readyPath: '/-/ready',
    reload: { metrics: 'alertmanager', files: [config] },
    writes: data,
  });
};

const nodeExporterProcess = (programs: Programs, base: Base): StackProcess =>
  finished({
    ...base,
    program: programs.nodeExporter ?? 'node_exporter',
    args: [`--web.listen-address=${hostPort(base.listen, base.port)}`],
    readyPath: '/',
  });
