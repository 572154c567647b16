import { AppError } from '@klevr/contracts/errors';
import type { Engine } from '@klevr/contracts/resource';
import type Docker from 'dockerode';
import { z } from 'zod';
import { type Driver, type DriverHost, type DriverSession, type DriverWork, type OpenDriver, type Watch } from '../driver.js';
import { readSection } from '../read-section.js';
import { DockerApi } from './docker-api.js';
import { dockerEndpoint } from './docker-endpoint.js';
import { DockerSession } from './docker-session.js';
import { DockerSpec } from './docker-spec.js';
import { DockerWatch } from './docker-watch.js';

/**
 * The driver of a Docker Engine (20.10 or newer): images, networks, volumes and containers.
 * Promises: what the interface promises; whatever has not the resource's mark is never touched, even where it has the same name. Does not: protect the engine's host
 * from what a recipe has it run: who may use the engine's socket is root there (docs/drivers/docker.md).
 */
export const openDockerDriver: OpenDriver = (host) => new DockerDriver(host);

const askSeconds = 5;
const Info = z.object({
  ID: z.string().min(1),
  ServerVersion: z.string().min(1),
  OperatingSystem: z.string().default(''),
  Name: z.string().default(''),
});
/** The client's types know no options here. */
const infoOf = async (docker: Docker, options: object): Promise<z.infer<typeof Info>> =>
  Info.parse(await (docker.info as (given: object) => Promise<unknown>).call(docker, options));

class DockerDriver implements Driver {
  readonly name = 'docker';
  private readonly watches = new Set<DockerWatch>();
  private way: DockerApi | undefined;
  private told = '';

  constructor(private readonly host: DriverHost) {}

  async engines(): Promise<Engine[]> {
    try {
      return [await this.engine()];
    } catch (error) {
      this.tell(error);
      return [];
    }
  }

  async open(work: DriverWork): Promise<DriverSession> {
    const spec = readSection(DockerSpec, work.spec);
    const { id } = await this.engine();
    if (id !== work.engine.id)
      throw new AppError('UNAVAILABLE', `here is the Docker Engine ${id}, and not ${work.engine.id} that has the resource`);
    return new DockerSession(this.api(), work, spec, this.host);
  }

  async watch(_engine: Engine, changed: (resourceId: string, what: string) => void): Promise<Watch> {
    const watch = new DockerWatch(this.api(), changed, this.host);
    this.watches.add(watch);
    await watch.start();
    return watch;
  }

  async close(): Promise<void> {
    await Promise.all([...this.watches].map((watch) => watch.stop()));
    this.watches.clear();
  }

  /** An engine that is not there is usual; a wrong address is somebody's mistake. Each is told once. */
  private tell(error: unknown): void {
    const message = error instanceof Error ? error.message : String(error);
    if (message === this.told) return;
    this.told = message;
    if (this.way === undefined) this.host.log.warn({ error }, 'the address of the Docker Engine cannot be used');
    else this.host.log.debug({ error }, 'no Docker Engine');
  }

  private async engine(): Promise<Engine> {
    const {
      ID: id,
      ServerVersion: version,
      OperatingSystem,
      Name,
    } = await this.api().ask('the engine', (docker, abortSignal) => infoOf(docker, { abortSignal }), askSeconds);
    return { driver: this.name, id, version, description: `${Name}, ${OperatingSystem}` };
  }

  /** Made late, so that a wrong address is told by what needs it. */
  private api(): DockerApi {
    return (this.way ??= DockerApi.open(dockerEndpoint(this.host.settings, this.host.environment)));
  }
}
