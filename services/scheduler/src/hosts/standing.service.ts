import { Injectable } from '@nestjs/common';
import type { Hello } from '@klevr/contracts/presence';
import { Clock } from '@klevr/platform/clock';
import { ElectionService } from '../election/election.service.js';
import type { Preference } from '@klevr/election/settlement-types';
import { loadScoreOf } from './load-score.js';
import { Roster } from './roster.js';

export interface Standing {
  readonly zoneId: string;
  readonly agentId: string;
  readonly session: string;
  readonly hello: Hello;
  readonly preference: Preference;
}

/** The election's part of a hello. */
@Injectable()
export class StandingService {
  constructor(
    private readonly election: ElectionService,
    private readonly roster: Roster,
    private readonly clock: Clock,
  ) {}

  /** The session that this replica knows the agent to have, as a candidate. */
  known(zoneId: string, agentId: string): { session: string; preference: Preference } | undefined {
    return this.election.candidate(zoneId, agentId);
  }

  async takeUp({ zoneId, agentId, session, hello, preference }: Standing) {
    const { conn, load, standing, opinion } = hello;
    if (opinion && opinion.beacon !== 'healthy') this.election.hear(zoneId, { kind: 'doubted', epoch: opinion.epoch });
    const key = await this.election.keyFor(zoneId, agentId, session);
    const primary = key && { ...key, beaconUrl: this.roster.find(key.agentId)?.beaconUrl ?? null };
    const event = { kind: 'stands', agentId, session, conn, load: loadScoreOf(load), preference, standing, answering: true } as const;
    // After the answer, so that the agent mostly knows its session when it hears that it was appointed; it must bear the reverse.
    this.clock.setTimer(() => this.election.hear(zoneId, event), 0);
    return { primary, centreTimeMs: this.clock.nowMs() };
  }
}
