import { access, constants, readdir, realpath } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import type { PrometheusSpec } from './prometheus-spec.js';

/** Which programs a stack needs, and where they are. */
export const programNames = {
  prometheus: ['prometheus'],
  promtool: ['promtool'],
  alertmanager: ['alertmanager', 'prometheus-alertmanager'],
  amtool: ['amtool'],
  nodeExporter: ['node_exporter', 'prometheus-node-exporter'],
  grafana: ['grafana-server'],
} as const;
export type ProgramName = keyof typeof programNames;
export type Programs = Readonly<Partial<Record<ProgramName, string>>>;

export const neededPrograms = (spec: PrometheusSpec): ProgramName[] => [
  ...(['prometheus', 'promtool'] as const),
  ...(spec.alertmanager === undefined ? [] : (['alertmanager', 'amtool'] as const)),
  ...(spec.nodeExporter === undefined ? [] : (['nodeExporter'] as const)),
  ...(spec.grafana === undefined ? [] : (['grafana'] as const)),
];

/** Debian's; Grafana is not among them. */
export const packagesOf = (programs: readonly ProgramName[]): string[] => [
  ...new Set(
    programs.flatMap((program) => {
      if (program === 'grafana') return [];
      if (program === 'nodeExporter') return ['prometheus-node-exporter'];
      return program === 'alertmanager' || program === 'amtool' ? ['prometheus-alertmanager'] : ['prometheus'];
    }),
  ),
];

/** Folders of PATH, and those in which services are though an ordinary user's PATH may lack them. */
export const pathFolders = (path: string): string[] => [
  ...new Set([...path.split(delimiter).filter((folder) => folder.startsWith('/')), '/usr/local/bin', '/usr/bin', '/usr/sbin']),
];

export const programsIn = async (folders: readonly string[]): Promise<Programs> => {
  const found: Partial<Record<ProgramName, string>> = {};
  for (const [program, names] of Object.entries(programNames) as [ProgramName, readonly string[]][]) {
    const path = await firstExecutable(folders.flatMap((folder) => names.map((name) => join(folder, name))));
    if (path !== undefined) found[program] = path;
  }
  return found;
};

export const missingOf = (programs: Programs, needed: readonly ProgramName[]): ProgramName[] =>
  needed.filter((program) => programs[program] === undefined);

const firstExecutable = async (paths: readonly string[]): Promise<string | undefined> => {
  for (const path of paths) {
    const found = await access(path, constants.X_OK).then(
      () => realpath(path),
      () => undefined,
    );
    if (found !== undefined) return found;
  }
  return undefined;
};

/** What is there under `folder`, in the order of the names; nothing where it is not there. */
export const namesIn = async (folder: string): Promise<string[]> =>
  (await readdir(folder).catch(() => [])).toSorted((a, b) => (a < b ? -1 : 1));
