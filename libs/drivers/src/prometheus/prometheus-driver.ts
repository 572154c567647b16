import { randomUUID } from 'node:crypto';
import { link, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import type { Engine } from '@klevr/contracts/resource';
import { SpecProblem, type Driver, type DriverHost, type DriverWork, type OpenDriver } from '../driver.js';
import { readSection } from '../read-section.js';
import { installPackages } from './apt-install.js';
import type { RecipeFile } from './stack-file.js';
import { detachedKeeper } from './detached-keeper.js';
import { fetchPrograms } from './fetch-programs.js';
import type { ProcessKeeper } from './process-keeper.js';
import { PrometheusSpec } from './prometheus-spec.js';
import { missingOf, neededPrograms, pathFolders, programsIn, type Programs } from './programs.js';
import { StackFolder } from './stack-folder.js';
import { stackFolderOf } from './stack-look.js';
import { StackSession } from './stack-session.js';
import { isSystemdHost, StackWatch } from './stack-watch.js';
import { systemdKeeper } from './systemd-keeper.js';

/**
 * Monitoring stacks on plain hosts: Prometheus, Alertmanager, node exporter and Grafana as processes of the host on which the worker is.
 * Promises, besides those of every driver: no configuration replaces another before promtool and amtool have read it; secrets lie in files of their own, that nobody
 * else may read; processes outlive the worker. Does not: open firewalls, or protect the web pages of these programs with passwords: they listen on the loopback
 * unless told otherwise.
 */
export const openPrometheusDriver: OpenDriver = (host) => new PrometheusDriver(host);

class PrometheusDriver implements Driver {
  readonly name = 'prometheus';
  private readonly watches = new Set<StackWatch>();
  /** One fetch at a time: the programs of one stack are not to vanish under another. */
  private fetching: Promise<void> = Promise.resolve();
  private ownerMark: Promise<string> | undefined;

  constructor(private readonly host: DriverHost) {}

  async engines(): Promise<Engine[]> {
    if (process.platform !== 'linux') return [];
    try {
      const owner = await this.owner();
      const found = await programsIn(pathFolders(this.host.environment['PATH'] ?? ''));
      const description = `${(await this.keeper()).kind === 'systemd' ? 'units of systemd' : 'processes'}; ${
        found.prometheus === undefined ? 'programs come with the first stack' : `programs of ${found.prometheus.replace(/\/[^/]*$/, '')}`
      }`;
      return [{ driver: 'prometheus', id: `${await machineId()}-${owner.slice(0, 8)}`, version: '1', description }];
    } catch (error) {
      this.host.log.warn({ err: error }, 'this host cannot have monitoring stacks');
      return [];
    }
  }

  async open(work: DriverWork): Promise<StackSession> {
    const spec = readSection(PrometheusSpec, work.spec);
    const files = {
      rules: await rendered(work, 'rules', spec.rules),
      dashboards: await rendered(work, 'grafana.dashboards', spec.grafana?.dashboards ?? []),
    };
    const folder = new StackFolder(stackFolderOf(this.host.folder, work.resource.id));
    const stack = { resourceId: work.resource.id, resourceName: work.resource.name, folder };
    return new StackSession({
      ...{ work, spec, files },
      processes: { keeper: await this.keeper(), owner: await this.owner(), stack },
      programs: () => this.programs(spec),
      fetch: (packages) => this.fetch(spec, packages, work),
      touched: () => {
        for (const watch of this.watches) watch.look(true);
      },
    });
  }

  async watch(_engine: Engine, changed: (resourceId: string, what: string) => void): Promise<StackWatch> {
    await mkdir(join(this.host.folder, 'stacks'), { recursive: true, mode: 0o700 });
    const { clock, folder } = this.host;
    const watch = new StackWatch({ hostFolder: folder, owner: await this.owner(), clock, changed });
    this.watches.add(watch);
    await watch.start();
    return watch;
  }

  async close(): Promise<void> {
    await Promise.all([...this.watches].map((watch) => watch.stop()));
    this.watches.clear();
  }

  /** What tells this worker's processes from those of others on this host. */
  private owner(): Promise<string> {
    return (this.ownerMark ??= ownerOf(this.host.folder));
  }

  private async keeper(): Promise<ProcessKeeper> {
    const owner = await this.owner();
    const asRoot = process.getuid?.() === 0;
    return asRoot && (await isSystemdHost()) ? systemdKeeper(owner) : detachedKeeper(this.host.environment, owner);
  }

  private async programs(spec: PrometheusSpec): Promise<Programs> {
    const { binaries } = spec;
    const needed = neededPrograms(spec);
    const onPath = pathFolders(this.host.environment['PATH'] ?? '');
    const fetched = [join(this.packagesFolder, 'usr/bin')];
    const found =
      typeof binaries === 'object'
        ? await programsIn([binaries.folder])
        : binaries === 'packages'
          ? await programsIn(fetched)
          : await programsIn(onPath);
    const all =
      binaries === 'auto' && missingOf(found, needed).length > 0 ? { ...(await programsIn(fetched)), ...grafanaOf(found) } : found;
    const missing = missingOf(all, needed);
    if (missing.includes('grafana'))
      throw new SpecProblem([
        {
          path: 'grafana',
          message: "is not available on this host: Debian's packages have no Grafana; install it, or name the folder of its program",
        },
      ]);
    if (missing.length > 0 && (typeof binaries === 'object' || binaries === 'path'))
      throw new SpecProblem([
        {
          path: 'binaries',
          message: `this host lacks ${missing.join(', ')} ${typeof binaries === 'object' ? `in ${binaries.folder}` : 'on PATH'}`,
        },
      ]);
    return all;
  }

  private async fetch(spec: PrometheusSpec, packages: readonly string[], work: DriverWork): Promise<void> {
    work.say(`fetching ${packages.join(', ')}`);
    if (spec.binaries === 'apt') return installPackages(packages, this.host.environment, work.signal);
    // All of them at once: the folder is one, for all stacks of this host.
    const all = ['prometheus', 'prometheus-alertmanager', 'prometheus-node-exporter'];
    const fetched = this.fetching.then(async () => {
      const wanted = neededPrograms(spec).filter((program) => program !== 'grafana');
      if (missingOf(await programsIn([join(this.packagesFolder, 'usr/bin')]), wanted).length === 0) return;
      await fetchPrograms(all, this.packagesFolder, this.host.environment, work.signal);
    });
    this.fetching = fetched.catch(() => undefined);
    return fetched;
  }

  private get packagesFolder(): string {
    return join(this.host.folder, 'packages');
  }
}

const grafanaOf = ({ grafana }: Programs): Programs => (grafana === undefined ? {} : { grafana });

const machineId = async (): Promise<string> => {
  const text = await readFile('/etc/machine-id', 'utf8').catch(() => '');
  return text.trim() || hostname();
};

const ownerOf = async (folder: string): Promise<string> => {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const path = join(folder, 'owner');
  // Of two lives that begin at once, one gives the name, and the other sees it whole.
  const own = join(folder, `owner-${randomUUID()}`);
  await writeFile(own, randomUUID(), { mode: 0o600 });
  await link(own, path).catch(() => undefined);
  await rm(own);
  return (await readFile(path, 'utf8')).trim();
};

const rendered = async (work: DriverWork, path: string, names: readonly string[]): Promise<RecipeFile[]> => {
  const known = new Set(work.files.list());
  const missing = names.filter((name) => !known.has(name));
  if (missing.length > 0) throw new SpecProblem(missing.map((name) => ({ path, message: `${name} is no file of the recipe` })));
  return Promise.all(names.map(async (name) => ({ path: name, ...(await work.files.render(name)) })));
};
