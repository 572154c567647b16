import { Injectable } from '@nestjs/common';
import { AppError } from '@klevr/contracts/errors';
import type { Hello, HelloReply } from '@klevr/contracts/presence';
import type { ZoneRow } from '../tables/zone.entity.js';
import { ZonesStore } from '../zones/zones.store.js';
import { SessionsService } from './sessions.service.js';
import { StandingService } from './standing.service.js';
import { TaskManagerClient } from './task-manager.client.js';

/** Answers a hello: grants the session, brings the agent online, and lets it stand. */
@Injectable()
export class HelloService {
  constructor(
    private readonly sessions: SessionsService,
    private readonly zones: ZonesStore,
    private readonly taskManager: TaskManagerClient,
    private readonly standing: StandingService,
  ) {}

  async answer(zoneId: string, agentId: string, hello: Hello): Promise<HelloReply> {
    try {
      return await this.grant(zoneId, agentId, hello);
    } catch (error) {
      const kept = isUnavailable(error) && (await this.keep(zoneId, agentId, hello));
      if (!kept) throw error;
      return kept;
    }
  }

  private async grant(zoneId: string, agentId: string, hello: Hello): Promise<HelloReply> {
    const zone = await this.zones.get(zoneId);
    const { session, kind, preference, drained } = await this.sessions.grant(zoneId, agentId, hello);
    const verdicts = await this.taskManager.agentHello({
      ...{ agentId, zoneId, kind, zoneName: zone.name, session, journalId: hello.journalId },
      ...{ maxConcurrentRuns: zone.settings.maxConcurrentRuns, maxConcurrentRunsPerAgent: zone.settings.maxConcurrentRunsPerAgent },
      ...{ zoneRevision: zone.revision, attempts: hello.attempts },
      ...(hello.sealingKey === undefined ? {} : { sealingKey: hello.sealingKey }),
      ...(hello.challenge === undefined ? {} : { challenge: hello.challenge }),
    });
    return {
      ...this.replyOf(session, zone),
      ...(await this.standing.takeUp({ zoneId, agentId, session, hello, preference })),
      ...{ drained, kind },
      verdicts: verdicts?.verdicts ?? null,
      taskKeys: verdicts?.taskKeys ?? null,
      ...(verdicts?.signed === undefined ? {} : { signed: verdicts.signed }),
    };
  }

  /** While the database is away: a session that this replica knows to be current stands all the same, and asks again for its verdicts. */
  private async keep(zoneId: string, agentId: string, hello: Hello): Promise<HelloReply | undefined> {
    const [zone, known] = [this.zones.remembered(zoneId), this.standing.known(zoneId, agentId)];
    if (!zone || !known || hello.session === null || known.session !== hello.session) return undefined;
    const { session, preference } = known;
    return {
      ...this.replyOf(session, zone),
      ...(await this.standing.takeUp({ zoneId, agentId, session, hello, preference })),
      ...{ verdicts: null, taskKeys: null },
    };
  }

  private replyOf(session: string, { name, settings }: ZoneRow) {
    return { session, zoneName: name, settings: { heartbeatSeconds: settings.heartbeatSeconds } };
  }
}

const isUnavailable = (error: unknown): boolean => error instanceof AppError && error.code === 'UNAVAILABLE';
