import { dirname, join } from 'node:path';
import { baseUrl } from './addresses.js';
import type { StackProcess } from './stack-process.js';
import { dashboardName, listenersOf, type PrometheusSpec } from './prometheus-spec.js';
import type { Programs } from './programs.js';
import type { SecretFiles } from './secret-files.js';
import { plainFile, renderedFile, yamlFile, type RecipeFile, type StackFile } from './stack-file.js';

/** Grafana with the stack's Prometheus as data source and the recipe's dashboards. Each shard is a data source of its own. */
export const grafanaFiles = (spec: PrometheusSpec, dashboards: readonly RecipeFile[], root: string, secrets: SecretFiles): StackFile[] => {
  const { grafana } = spec;
  if (grafana === undefined) return [];
  const at = (part: string): string => join(root, part);
  const password = secrets.add('grafana-admin-password', grafana.adminPassword);
  const shards = listenersOf(spec).filter(({ name }) => name.startsWith('prometheus'));
  const settings: Record<string, Record<string, string>> = {
    paths: {
      data: at('data/grafana'),
      logs: at('data/grafana/log'),
      plugins: at('data/grafana/plugins'),
      provisioning: at('config/grafana'),
    },
    server: {
      http_addr: grafana.listen,
      http_port: String(grafana.port),
      ...(grafana.externalUrl ? { root_url: grafana.externalUrl } : {}),
    },
    security: { admin_password: `$__file{${password}}` },
    analytics: { reporting_enabled: 'false', check_for_updates: 'false' },
    log: { mode: 'console' },
  };
  const sections = Object.entries(settings).map(
    ([section, entries]) =>
      `[${section}]\n${Object.entries(entries)
        .map(([key, value]) => `${key} = ${value}\n`)
        .join('')}`,
  );
  return [
    plainFile('config/grafana.ini', at('config/grafana.ini'), sections.join('\n')),
    yamlFile('config/grafana/datasources/klevr.yml', at('config/grafana/datasources/klevr.yml'), {
      apiVersion: 1,
      datasources: shards.map(({ name, listen, port }, index) => ({
        ...{ name, type: 'prometheus', access: 'proxy', url: baseUrl(listen, port), isDefault: index === 0 },
      })),
    }),
    yamlFile('config/grafana/dashboards/klevr.yml', at('config/grafana/dashboards/klevr.yml'), {
      apiVersion: 1,
      providers: [{ name: 'klevr', type: 'file', disableDeletion: true, options: { path: at('config/dashboards') } }],
    }),
    ...dashboards.map((file) => {
      const part = `config/dashboards/${dashboardName(file.path)}`;
      return renderedFile(part, at(part), file);
    }),
  ];
};

export const grafanaProcess = (programs: Programs, root: string): Pick<StackProcess, 'program' | 'args' | 'readyPath' | 'writes'> => {
  const program = programs.grafana ?? 'grafana-server';
  const packaged = program.startsWith('/usr/sbin/') || program.startsWith('/usr/bin/');
  const home = packaged ? '/usr/share/grafana' : dirname(dirname(program));
  return {
    ...{ program, readyPath: '/api/health', writes: join(root, 'data/grafana') },
    args: ['--homepath', home, '--config', join(root, 'config/grafana.ini')],
  };
};
