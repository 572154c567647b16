import type { CancelTimer } from '@klevr/platform/clock';
import type { DriverHost, Watch } from '../driver.js';
import { listContainers } from './actual-state.js';
import { withSignal, type DockerApi } from './docker-api.js';
import { label } from './docker-names.js';
import { jsonLines } from './docker-streams.js';

/**
 * Hears what happens at the engine to things of resources.
 * Promises: after the engine was away it hears again by itself, and then tells of every resource that it knows, as nobody heard what happened meanwhile. Events of
 * networks and volumes carry no marks, so it knows them by name.
 */
const firstPauseMs = 500;
const longestPauseMs = 30_000;
/** An engine that hangs may hold a connection open for ever. */
const answersWithinMs = 30_000;
const heard = {
  container: ['start', 'die', 'destroy', 'pause', 'unpause', 'rename', 'update', 'oom', 'health_status'],
  network: ['create', 'destroy', 'disconnect'],
  volume: ['create', 'destroy'],
};

export class DockerWatch implements Watch {
  private readonly end = new AbortController();
  private readonly known = new Set<string>();
  private readonly owners = new Map<string, string>();
  private cancelPause: CancelTimer | undefined;
  private running: Promise<void> = Promise.resolve();

  constructor(
    private readonly api: DockerApi,
    private readonly changed: (resourceId: string, what: string) => void,
    private readonly host: Pick<DriverHost, 'clock' | 'log'>,
  ) {}

  /** Resolves once it hears, or with the first failure to: it goes on trying. */
  start(): Promise<void> {
    return new Promise((listening) => (this.running = this.run(listening)));
  }

  async stop(): Promise<void> {
    this.end.abort();
    this.wake();
    await this.running;
  }

  private wake: () => void = () => undefined;

  private async run(listening: () => void): Promise<void> {
    let pauseMs = firstPauseMs;
    for (let first = true; !this.end.signal.aborted; first = false) {
      try {
        await this.hear(first, () => {
          pauseMs = firstPauseMs;
          listening();
        });
      } catch (error) {
        if (!this.end.signal.aborted) this.host.log.warn({ error }, 'the events of the Docker Engine are not heard');
      }
      listening();
      if (this.end.signal.aborted) return;
      await this.pause(pauseMs * (0.75 + Math.random() / 2));
      pauseMs = Math.min(pauseMs * 2, longestPauseMs);
    }
  }

  private async hear(first: boolean, listening: () => void): Promise<void> {
    const { signal } = this.end;
    const filters = { type: Object.keys(heard), event: [...new Set(Object.values(heard).flat())] } as never;
    const late = new AbortController();
    const cancel = this.host.clock.setTimer(() => late.abort(new Error('no answer')), answersWithinMs);
    const stream = await this.api.docker.getEvents(withSignal({ filters }, AbortSignal.any([signal, late.signal]))).finally(cancel);
    // It may end while nobody reads it yet; who reads it is told again.
    stream.on('error', () => undefined);
    await this.learn();
    listening();
    if (!first) for (const id of this.known) this.changed(id, 'the engine is back');
    for await (const event of jsonLines(stream)) await this.take(event);
  }

  private async take({ Type, Action, Actor }: Record<string, unknown>): Promise<void> {
    if (typeof Type !== 'string' || typeof Action !== 'string') return;
    const { ID = '', Attributes = {} } = (Actor ?? {}) as { ID?: string; Attributes?: Record<string, string> };
    if (Type !== 'container' && Action === 'create') return this.learn();
    const name = Attributes['name'] ?? ID;
    const resource = Type === 'container' ? Attributes[label.resource] : this.owners.get(`${Type} ${name}`);
    if (Action === 'destroy') this.owners.delete(`${Type} ${name}`);
    if (resource === undefined) return;
    this.known.add(resource);
    this.changed(resource, `${Type} ${name}: ${Action}`);
  }

  private async learn(): Promise<void> {
    const api = this.api.during(this.end.signal);
    const filters = { label: [label.resource] };
    const [containers, networks, volumes] = await Promise.all([
      listContainers(api, label.resource),
      api.ask('the networks', (docker, signal) => docker.listNetworks(withSignal({ filters }, signal))),
      api.ask('the volumes', (docker, signal) => docker.listVolumes(withSignal({ filters }, signal))),
    ]);
    for (const { Labels } of containers) this.know(Labels[label.resource]);
    for (const { Name, Labels } of networks) this.know(Labels?.[label.resource], `network ${Name}`);
    for (const { Name, Labels } of volumes.Volumes ?? []) this.know(Labels[label.resource], `volume ${Name}`);
  }

  private know(resource: string | undefined, thing?: string): void {
    if (resource === undefined) return;
    this.known.add(resource);
    if (thing !== undefined) this.owners.set(thing, resource);
  }

  private pause(ms: number): Promise<void> {
    return new Promise((resolve) => {
      this.wake = () => {
        this.cancelPause?.();
        resolve();
      };
      this.cancelPause = this.host.clock.setTimer(resolve, ms);
    });
  }
}
