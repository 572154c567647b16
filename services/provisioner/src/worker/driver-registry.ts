import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { DriverName } from '@klevr/contracts/recipe';
import type { Driver, DriverHost, OpenDriver } from '@klevr/drivers/driver';
import type { Log } from '@klevr/platform/log';

/**
 * The drivers of this worker, each loaded when it is first asked for.
 * Promises: a driver that cannot be loaded is told once and costs nothing else. Does not: find engines.
 */
export type Loaders = Readonly<Partial<Record<DriverName, () => Promise<OpenDriver>>>>;

export const shippedDrivers: Loaders = {
  docker: async () => (await import('@klevr/drivers/docker/docker-driver')).openDockerDriver,
  libvirt: async () => (await import('@klevr/drivers/libvirt/libvirt-driver')).openLibvirtDriver,
  terraform: async () => (await import('@klevr/drivers/terraform/terraform-driver')).openTerraformDriver,
  kubectl: async () => (await import('@klevr/drivers/kubernetes/kubernetes-driver')).openKubectlDriver,
  helm: async () => (await import('@klevr/drivers/kubernetes/kubernetes-driver')).openHelmDriver,
  prometheus: async () => (await import('@klevr/drivers/prometheus/prometheus-driver')).openPrometheusDriver,
  pretend: async () => (await import('@klevr/drivers/pretend/pretend-driver')).openPretendDriver,
};

export interface RegistryOptions {
  readonly loaders: Loaders;
  /** All if not given. */
  readonly names: readonly DriverName[] | undefined;
  readonly folder: string;
  readonly host: Omit<DriverHost, 'folder'>;
  readonly log: Log;
}

export class DriverRegistry {
  private readonly opened = new Map<DriverName, Promise<Driver | undefined>>();

  constructor(private readonly options: RegistryOptions) {}

  /** Those that can be loaded. */
  async all(): Promise<Driver[]> {
    const { names, loaders } = this.options;
    const drivers = await Promise.all((names ?? (Object.keys(loaders) as DriverName[])).map((name) => this.find(name)));
    return drivers.flatMap((driver) => driver ?? []);
  }

  async get(name: DriverName): Promise<Driver> {
    const driver = await this.find(name);
    if (driver === undefined) throw new Error(`this worker has no driver ${name}`);
    return driver;
  }

  async close(): Promise<void> {
    for (const opened of this.opened.values()) await (await opened)?.close();
  }

  private find(name: DriverName): Promise<Driver | undefined> {
    const { names } = this.options;
    if (names !== undefined && !names.includes(name)) return Promise.resolve(undefined);
    const known = this.opened.get(name) ?? this.load(name);
    this.opened.set(name, known);
    return known;
  }

  private async load(name: DriverName): Promise<Driver | undefined> {
    const { loaders, host, log } = this.options;
    try {
      const folder = join(this.options.folder, name);
      await mkdir(folder, { recursive: true, mode: 0o700 });
      return (await loaders[name]?.())?.({ ...host, folder, log: log.child({ driver: name }) });
    } catch (error) {
      log.error({ error, driver: name }, 'the driver cannot be loaded');
      return undefined;
    }
  }
}
