import { AppError } from '@klevr/contracts/errors';
import { listContainers, type ActualNetwork } from './actual-state.js';
import type { DesiredNetwork } from './desired-state.js';
import { withSignal, type DockerApi } from './docker-api.js';
import { isOf, label, type Owner } from './docker-names.js';

/** Makes and removes the networks of a resource. One that others' containers use is never taken from them. */
export class Networks {
  constructor(
    private readonly api: DockerApi,
    private readonly owner: Owner,
  ) {}

  async bring({ name, part, spec, labels }: DesiredNetwork): Promise<void> {
    await this.removePart(part, labels[label.spec]);
    const there = (await this.own(part)).length > 0;
    if (there) return;
    const { driver, internal, subnet, gateway, options } = spec;
    const pool = { ...(subnet === undefined ? {} : { Subnet: subnet }), ...(gateway === undefined ? {} : { Gateway: gateway }) };
    const settings = {
      ...{ Name: name, Driver: driver, Internal: internal, Options: options, Labels: labels, CheckDuplicate: true },
      EnableIPv6: subnet?.includes(':') ?? false,
      ...(Object.keys(pool).length > 0 ? { IPAM: { Driver: 'default', Config: [pool] } } : {}),
    };
    await this.api.ask(`making ${part}`, (docker, signal) => docker.createNetwork(withSignal(settings, signal)));
  }

  /** Those that were made by another spec than this, or all. */
  async removePart(part: string, unlessSpec?: string): Promise<void> {
    for (const network of await this.own(part)) {
      if (unlessSpec !== undefined && network.labels[label.spec] === unlessSpec) continue;
      await this.release(network);
      await this.api.find(`removing ${part}`, (docker, signal) => docker.getNetwork(network.id).remove(withSignal({}, signal)));
    }
  }

  /** The engine removes no network that a container uses. The resource's own containers are made anew with the network. */
  private async release({ id, name }: ActualNetwork): Promise<void> {
    const all = await listContainers(this.api);
    const users = all.filter(({ NetworkSettings }) => Object.values(NetworkSettings.Networks).some(({ NetworkID }) => NetworkID === id));
    const others = users.filter(({ Labels, State }) => State === 'running' && !isOf(this.owner, Labels));
    if (others.length > 0) {
      const names = others.map(({ Names, Id }) => Names[0]?.slice(1) ?? Id).join(', ');
      throw new AppError('CONFLICT', `the network ${name} is used by ${names}, which this resource did not make: take them from it first`);
    }
    for (const { Id } of users.filter(({ State }) => State === 'running'))
      await this.api.find(`the network ${name}`, (docker, signal) =>
        docker.getNetwork(id).disconnect(withSignal({ Container: Id, Force: true }, signal)),
      );
  }

  private async own(part: string): Promise<ActualNetwork[]> {
    const filters = { label: [`${label.resource}=${this.owner.id}`, `${label.part}=${part}`] };
    const found = await this.api.ask('the networks', (docker, signal) => docker.listNetworks(withSignal({ filters }, signal)));
    return found.map((info) => ({ id: info.Id, name: info.Name, part, labels: info.Labels ?? {}, info }));
  }
}
