import { Injectable } from '@nestjs/common';
import type { AgentKind } from '@klevr/contracts/agent';
import { schedulerRpc } from '@klevr/contracts/scheduler-contracts';
import { Bus } from '@klevr/messaging/bus';
import { call } from '@klevr/messaging/call';
import { type ScrapeTarget, scrapeTargetOf } from './scrape-target.js';

const PAGE = 200;
/** 100,000 agents: more than one Prometheus scrapes; a bound for a list that leads in circles. */
const MAX_PAGES = 500;

@Injectable()
export class ScrapeTargetsService {
  constructor(private readonly bus: Bus) {}

  async list({ zone, scope }: { zone?: string | undefined; scope?: string[] }): Promise<ScrapeTarget[]> {
    const filter = { ...(zone === undefined ? {} : { zone }), ...(scope === undefined ? {} : { scope }) };
    const [agents, workers] = [await this.all({ ...filter, kind: 'agent' }), await this.all({ ...filter, kind: 'worker' })];
    return [...agents, ...workers];
  }

  private async all(filter: { kind: AgentKind; zone?: string; scope?: string[] }): Promise<ScrapeTarget[]> {
    const targets: ScrapeTarget[] = [];
    let next: { cursor?: string } = {};
    for (let page = 0; page < MAX_PAGES; page++) {
      const { items, nextCursor } = await call(this.bus, schedulerRpc.listAgents, { ...filter, ...next, limit: PAGE });
      targets.push(...items.map(scrapeTargetOf).filter((target) => target !== undefined));
      if (nextCursor === null) break;
      next = { cursor: nextCursor };
    }
    return targets;
  }
}
