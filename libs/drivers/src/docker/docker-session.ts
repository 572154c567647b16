import { AppError } from '@klevr/contracts/errors';
import type { PlanChange } from '@klevr/contracts/resource';
import { Secret } from '@klevr/recipes/secret';
import { oneByOne, type DriverHost, type DriverSession, type DriverWork, type Goal, type Observed, type Progress } from '../driver.js';
import { actualState, type Actual } from './actual-state.js';
import { Containers } from './containers.js';
import { desiredState, type Desired } from './desired-state.js';
import { withSignal, type DockerApi } from './docker-api.js';
import { planOf } from './docker-plan.js';
import type { DockerSpec } from './docker-spec.js';
import { containerHealth, wholeHealth } from './engine-health.js';
import { execute } from './execute.js';
import { Images } from './images.js';
import { Networks } from './networks.js';
import { currentContainers, observedOf } from './observed.js';

/** One resource at one Docker Engine. Each step looks again at the engine, so what a plan said earlier cannot mislead it. */
export class DockerSession implements DriverSession {
  private readonly api: DockerApi;
  private readonly images: Images;
  private readonly networks: Networks;
  private readonly containers: Containers;
  private wanted: Promise<Desired> | undefined;

  constructor(
    api: DockerApi,
    private readonly work: DriverWork,
    private readonly spec: DockerSpec,
    host: Pick<DriverHost, 'clock'>,
  ) {
    this.api = api.during(work.signal);
    this.images = new Images(this.api, work, () => host.clock.monotonicMs());
    this.networks = new Networks(this.api, work.resource);
    this.containers = new Containers(this.api, api.during(), work, masking(spec));
  }

  async plan(goal: Goal): Promise<PlanChange[]> {
    const desired = await this.desired();
    return planOf(desired, await this.actual(), goal);
  }

  async carryOut(changes: readonly PlanChange[], _goal: Goal, progress: Progress): Promise<void> {
    await oneByOne(changes, progress, async (change) => {
      this.work.signal.throwIfAborted();
      await (change.action === 'delete' ? this.remove(change.part) : this.bring(change.part));
      this.work.say(`${change.part}: ${change.action} done`);
    });
  }

  async observe(): Promise<Observed> {
    return observedOf(await this.desired(), await this.actual(), this.work.resource);
  }

  async engineHealth(part?: string): ReturnType<DriverSession['engineHealth']> {
    const current = currentContainers(await this.actual(), this.work.resource);
    const parts = part === undefined ? Object.keys(this.spec.containers).map((key) => `container/${key}`) : [part];
    return wholeHealth(
      parts.map((name) => ({
        part: name,
        ...containerHealth(
          current.find((container) => container.part === name),
          this.spec.containers[name.slice('container/'.length)],
        ),
      })),
    );
  }

  async execute(part: string, command: readonly string[], signal: AbortSignal): Promise<{ exitCode: number; output: string }> {
    const container = currentContainers(await this.actual(), this.work.resource).find((one) => one.part === part);
    if (container === undefined) throw new AppError('NOT_FOUND', `there is no ${part}`);
    return execute(this.api.during(AbortSignal.any([signal, this.work.signal])), container.id, command);
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  /** The recipe's files stay as they are while a session is open. */
  private desired(): Promise<Desired> {
    return (this.wanted ??= desiredState(this.spec, this.work));
  }

  private async actual(): Promise<Actual> {
    return actualState(this.api, this.work.resource, await this.desired());
  }

  private async bring(part: string): Promise<void> {
    const desired = await this.desired();
    const image = desired.images.find((one) => one.part === part);
    if (image !== undefined) return this.images.make(image);
    const network = desired.networks.find((one) => one.part === part);
    if (network !== undefined) return this.networks.bring(network);
    const volume = desired.volumes.find((one) => one.part === part);
    if (volume !== undefined) return this.makeVolume(volume);
    const container = desired.containers.find((one) => one.part === part);
    if (container === undefined) throw new AppError('CONFLICT', `the recipe has no ${part}: plan again`);
    return this.containers.bring(container);
  }

  private async makeVolume({ name, part, spec, labels }: Desired['volumes'][number]): Promise<void> {
    const settings = { Name: name, Driver: spec.driver, DriverOpts: spec.options, Labels: labels };
    await this.api.ask(`making ${part}`, (docker, signal) => docker.createVolume(withSignal(settings, signal)));
  }

  private async remove(part: string): Promise<void> {
    const [kind] = part.split('/');
    if (kind === 'container') return this.containers.removePart(part);
    if (kind === 'network') return this.networks.removePart(part);
    const { volumes, images } = await this.actual();
    for (const { name } of volumes.filter((volume) => volume.part === part))
      await this.api.find(`removing ${part}`, (docker, signal) => docker.getVolume(name).remove(withSignal({}, signal)));
    for (const image of images.filter(({ reference, part: whole }) => part === whole || part === `${whole}@${tagOf(reference)}`))
      await this.images.remove(image.reference);
  }
}

const tagOf = (reference: string): string => reference.slice(reference.lastIndexOf(':') + 1);

/** Programs like to show what they were given: no secret of the resource stands in a message. */
const masking = (spec: unknown): ((text: string) => string) => {
  const secrets = [...secretsIn(spec)].filter((secret) => secret.known).map((secret) => secret.reveal());
  const telling = secrets.filter((secret) => secret.length > 3).sort((a, b) => b.length - a.length);
  return (text) => telling.reduce((rest, secret) => rest.replaceAll(secret, '***'), text);
};

function* secretsIn(value: unknown): Generator<Secret> {
  if (value instanceof Secret) yield value;
  else if (typeof value === 'object' && value !== null) for (const inner of Object.values(value)) yield* secretsIn(inner);
}
