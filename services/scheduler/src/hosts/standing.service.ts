import { Injectable } from '@nestjs/common';
import type { Hello } from '@klevr/contracts/presence';
import { Clock } from '@klevr/platform/clock';
import { ElectionService } from '../election/election.service.js';
import type { Preference } from '../election/settlement-types.js';
import { loadScoreOf } from './load-score.js';

/** The election's part of a hello. */
@Injectable()
export class StandingService {
  constructor(
    private readonly election: ElectionService,
    private readonly clock: Clock,
  ) {}

  now(): Date {
    return new Date(this.clock.nowMs());
  }

  async takeUp(zoneId: string, agentId: string, session: string, hello: Hello, preference: Preference) {
    const { conn, load, standing } = hello;
    const primary = await this.election.keyFor(zoneId, agentId, session);
    const event = { kind: 'stands', agentId, session, conn, load: loadScoreOf(load), preference, standing, answering: true } as const;
    // After the answer, so that the agent knows its session when it hears that it was appointed.
    this.clock.setTimer(() => this.election.hear(zoneId, event), 0);
    return { primary, centreTimeMs: this.clock.nowMs() };
  }
}
