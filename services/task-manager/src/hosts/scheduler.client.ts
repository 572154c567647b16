import type { ReplyOf } from '@klevr/contracts/contract';
import { schedulerRpc } from '@klevr/contracts/scheduler-contracts';
import type { Target } from '@klevr/contracts/target';
import { Bus } from '@klevr/messaging/bus';
import { call } from '@klevr/messaging/call';
import { Injectable } from '@nestjs/common';

export type Resolution = ReplyOf<typeof schedulerRpc.resolveTarget>;

export type HostHealth = ReplyOf<typeof schedulerRpc.hostHealth>['hosts'][number];

/** Their answer has to fit one message. */
const hostsAtOnce = 5_000;

/** What is asked of the scheduler. Throws its errors, and UNAVAILABLE where it is away. */
@Injectable()
export class SchedulerClient {
  constructor(private readonly bus: Bus) {}

  /** `avoid`: agents that have no room now, of which `any` means one only where no other would do. */
  resolveTarget(zone: string, target: Target, avoid: readonly string[] = []): Promise<Resolution> {
    const asked = { zone, target, ...(avoid.length === 0 ? {} : { avoid: [...avoid] }) };
    return call(this.bus, schedulerRpc.resolveTarget, asked, { timeoutMs: 3_000 });
  }

  /** Of those that are known. */
  async hostHealth(zoneId: string, agentIds: readonly string[]): Promise<HostHealth[]> {
    const hosts: HostHealth[] = [];
    for (let start = 0; start < agentIds.length; start += hostsAtOnce) {
      const part = agentIds.slice(start, start + hostsAtOnce);
      hosts.push(...(await call(this.bus, schedulerRpc.hostHealth, { zoneId, agentIds: part }, { timeoutMs: 3_000 })).hosts);
    }
    return hosts;
  }

  async zoneId(zone: string): Promise<string> {
    return (await call(this.bus, schedulerRpc.getZone, { zone }, { timeoutMs: 3_000 })).id;
  }
}
