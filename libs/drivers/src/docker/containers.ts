import type { DriverWork } from '../driver.js';
import { listContainers, inspectContainer, type ActualContainer } from './actual-state.js';
import { awaitGood } from './await-good.js';
import { limitDifferences, missingNetworks, mustBeReplaced } from './container-differences.js';
import { putFiles } from './container-files.js';
import { containerOptions, endpoint, limitOptions } from './container-options.js';
import { containerPart, runs } from './container-parts.js';
import type { DesiredContainer } from './desired-state.js';
import { withSignal, type DockerApi } from './docker-api.js';
import { asideName, isOf, label, nameOf } from './docker-names.js';

/**
 * Brings containers to where they shall be, one at a time.
 * Promises: it looks again before it acts, so it goes on from wherever an earlier one was cut off. One that must be replaced is put aside, and goes only when the
 * new one is good; where that one fails, the old one is put back. Named and anonymous: volumes that the engine made by itself go with their container.
 */
const usualGraceSeconds = 10;
const hopeless: ReadonlySet<string> = new Set(['created', 'removing', 'dead']);
/** On top of a container's own time to end. */
const marginSeconds = 60;

export class Containers {
  constructor(
    private readonly api: DockerApi,
    /** For putting things back when the work was told to end. */
    private readonly always: DockerApi,
    private readonly work: Pick<DriverWork, 'resource' | 'files' | 'say'>,
    private readonly masked: (text: string) => string,
  ) {}

  async bring(desired: DesiredContainer): Promise<void> {
    const { current, leftovers } = await this.settle(desired);
    if (current === undefined) return this.make(desired, undefined);
    if (mustBeReplaced(desired, current, await this.networkIds()) !== undefined) {
      for (const leftover of leftovers) await this.remove(leftover);
      return this.make(desired, current);
    }
    await this.amend(desired, current);
    for (const leftover of leftovers) await this.remove(leftover);
  }

  async removePart(part: string): Promise<void> {
    for (const container of await this.own(part)) await this.remove(container);
  }

  /** Gives the part its name back, and does away with what was made and never ran, or is going. */
  private async settle(
    desired: DesiredContainer,
  ): Promise<{ current: ActualContainer | undefined; leftovers: readonly ActualContainer[] }> {
    const { part, name } = desired;
    const { current, misnamed, leftovers } = containerPart(await this.own(part), part, name);
    if (current !== undefined && hopeless.has(current.info.State.Status)) {
      await this.remove(current);
      return this.settle(desired);
    }
    if (!misnamed || current === undefined) return { current, leftovers };
    for (const leftover of leftovers) await this.remove(leftover);
    await this.rename(current.id, name);
    return { current: await inspectContainer(this.api, current.id), leftovers: [] };
  }

  private async make(desired: DesiredContainer, old: ActualContainer | undefined): Promise<void> {
    const { name } = desired;
    if (old !== undefined) await this.rename(old.id, asideName(name));
    let fresh: string | undefined;
    try {
      fresh = await this.create(desired);
      if (old !== undefined) await this.stop(old);
      await this.start(fresh);
      await awaitGood(this.api, fresh, desired.spec, this.masked);
    } catch (error) {
      await this.putBack(desired, fresh, old);
      throw error;
    }
    if (old !== undefined) await this.remove(old);
  }

  private async create(desired: DesiredContainer): Promise<string> {
    const options = containerOptions(desired, (key) => nameOf(this.work.resource, key));
    const { id } = await this.api.ask(`making ${desired.part}`, (docker, signal) => docker.createContainer(withSignal(options, signal)));
    await putFiles(this.api, id, desired.spec, this.work.files);
    for (const name of desired.networks.slice(1)) await this.connect(desired, id, name);
    return id;
  }

  private async putBack(desired: DesiredContainer, fresh: string | undefined, old: ActualContainer | undefined): Promise<void> {
    const { part, name } = desired;
    try {
      // An answer may have been lost: what counts is what is there.
      const named = await inspectContainer(this.always, name);
      const lost = named !== undefined && named.part === part && isOf(this.work.resource, named.labels) ? named.id : undefined;
      const made = fresh ?? lost;
      if (made !== undefined && made !== old?.id) await this.removeNow(made);
      if (old === undefined) return;
      await this.rename(old.id, name, this.always);
      if (runs(old)) await this.start(old.id, this.always);
      this.work.say(`${part}: the one before was put back`);
    } catch (error) {
      this.work.say(
        `${part}: the one before could not be put back, the next apply does it: ${error instanceof Error ? error.message : String(error)}`,
      );
    }
  }

  private async amend(desired: DesiredContainer, current: ActualContainer): Promise<void> {
    const { id, info } = current;
    if (limitDifferences(desired.spec, current).length > 0) {
      const limits = limitOptions(desired.spec);
      await this.api.ask(`limits of ${desired.part}`, (docker, signal) => docker.getContainer(id).update(withSignal(limits, signal)));
    }
    for (const name of missingNetworks(desired, current)) await this.connect(desired, id, name);
    if (info.State.Paused)
      await this.api.ask(`waking ${desired.part}`, (docker, signal) => docker.getContainer(id).unpause(withSignal({}, signal)));
    else if (!info.State.Running && !(desired.spec.job && info.State.Status === 'exited')) await this.start(id);
    await awaitGood(this.api, id, desired.spec, this.masked);
  }

  private async connect(desired: DesiredContainer, id: string, name: string): Promise<void> {
    const use = desired.spec.networks[desired.networks.indexOf(name)];
    if (use === undefined) return;
    await this.api.ask(`giving ${desired.part} the network ${name}`, (docker, signal) =>
      docker.getNetwork(name).connect(withSignal({ Container: id, EndpointConfig: endpoint(desired.key, use) }, signal)),
    );
  }

  private async remove(container: ActualContainer): Promise<void> {
    await this.stop(container);
    await this.removeNow(container.id);
  }

  private async removeNow(id: string): Promise<void> {
    const removal = this.always.find('removing a container', (docker, signal) =>
      docker.getContainer(id).remove(withSignal({ v: true, force: true }, signal)),
    );
    // Somebody else is about it: it is enough that it goes.
    await removal.catch(unlessStatus(409));
    await this.always.find('waiting for a container to go', (docker, signal) =>
      docker.getContainer(id).wait(withSignal({ condition: 'removed' as const }, signal)),
    );
  }

  private async stop({ id, name, info }: ActualContainer): Promise<void> {
    if (!info.State.Running) return;
    const { StopTimeout = usualGraceSeconds } = info.Config as { StopTimeout?: number };
    // 304, it had ended already, is an error to the client.
    await this.api
      .ask(`stopping ${name}`, (docker, signal) => docker.getContainer(id).stop(withSignal({}, signal)), StopTimeout + marginSeconds)
      .catch(unlessStatus(304, 404));
  }

  private async start(id: string, api = this.api): Promise<void> {
    await api
      .ask('starting the container', (docker, signal) => docker.getContainer(id).start(withSignal({}, signal)))
      .catch(unlessStatus(304));
  }

  private async rename(id: string, name: string, api = this.api): Promise<void> {
    await api.ask(`naming a container ${name}`, (docker, signal) => docker.getContainer(id).rename(withSignal({ name }, signal)));
  }

  private async own(part: string): Promise<ActualContainer[]> {
    const listed = await listContainers(this.api, `${label.resource}=${this.work.resource.id}`);
    const found = await Promise.all(
      listed.filter(({ Labels }) => Labels[label.part] === part).map(({ Id }) => inspectContainer(this.api, Id)),
    );
    return found.filter((container) => container !== undefined);
  }

  private async networkIds(): Promise<ReadonlyMap<string, string>> {
    const networks = await this.api.ask('the networks', (docker, signal) => docker.listNetworks(withSignal({}, signal)));
    return new Map(networks.map(({ Name, Id }) => [Name, Id]));
  }
}

const unlessStatus =
  (...statuses: readonly number[]) =>
  (error: unknown): void => {
    if (!(error instanceof Error) || !('status' in error) || !statuses.includes(Number(error.status))) throw error;
  };
