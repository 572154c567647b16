import { Injectable } from '@nestjs/common';
import { AppError } from '@klevr/contracts/errors';
import type { ConnectionId, HelloReply, StandingReply } from '@klevr/contracts/presence';
import type { PrimaryInfo } from '@klevr/contracts/zone';
import { Clock } from '@klevr/platform/clock';
import { ElectionShell } from './election.shell.js';
import { chooseNext } from '@klevr/election/ranking';
import { holderOf, type ElectionEvent, type Preference, type ZoneElection } from '@klevr/election/settlement-types';

/** How long a question waits until this replica has read the zone's key for the first time. */
const firstReadMs = 2_000;
/** How long a goodbye or hand-over waits for the next primary to be ready. */
const leavingPatienceMs = 500;
const handOverPatienceMs = 2_000;

export interface SignedBy {
  readonly zoneId: string;
  readonly agentId: string;
  readonly session: string;
  readonly epoch: number;
  readonly conn: ConnectionId;
}

@Injectable()
export class ElectionService {
  constructor(
    private readonly shell: ElectionShell,
    private readonly clock: Clock,
  ) {}

  hear(zoneId: string, event: ElectionEvent): void {
    this.shell.hear(zoneId, event);
  }

  /** As this replica sees it now; null while the zone has no usable primary. */
  primaryOf(zoneId: string): PrimaryInfo | null {
    const zone = this.shell.view(zoneId);
    return zone === undefined ? null : primaryIn(zone);
  }

  /** The same, after the key was read at least once. */
  async primaryNow(zoneId: string): Promise<PrimaryInfo | null> {
    await this.until(zoneId, known, firstReadMs);
    return this.primaryOf(zoneId);
  }

  /** The key for a hello's answer: also one whose appointee is not ready yet, but not one that names an earlier life of the asker. */
  async keyFor(zoneId: string, asker: string, session: string): Promise<HelloReply['primary']> {
    await this.until(zoneId, known, firstReadMs);
    const seen = this.shell.view(zoneId)?.seen;
    if (!seen?.key || (seen.key.agentId === asker && seen.key.session !== session)) return null;
    const { agentId, epoch } = seen.key;
    return { agentId, epoch: epoch ?? seen.revision, revision: seen.revision, ready: epoch !== null };
  }

  /** A candidate whose session is known here. */
  candidate(zoneId: string, agentId: string): { session: string; preference: Preference } | undefined {
    const found = this.shell.view(zoneId)?.candidates.get(agentId);
    return found?.session === undefined ? undefined : { session: found.session, preference: found.preference };
  }

  async sign({ zoneId, ...sign }: SignedBy): Promise<StandingReply> {
    const outcome = await this.shell.sign(zoneId, sign);
    return { outcome, centreTimeMs: this.clock.nowMs() };
  }

  /** The agent leaves; where it was the primary, the answer waits for the next one for a moment. */
  async leave(zoneId: string, agentId: string, session: string): Promise<void> {
    const wasHolder = this.isHolder(zoneId, agentId);
    this.shell.hear(zoneId, { kind: 'leaves', agentId, session, answering: true });
    if (wasHolder)
      await this.until(zoneId, (zone) => !this.isHolder(zoneId, agentId) && primaryIn(zone) !== null, leavingPatienceMs, settledOrAlone);
  }

  /** Appoints the named agent, or the next best, and answers once it is ready. */
  async handOver(zoneId: string, to: string | undefined): Promise<PrimaryInfo> {
    await this.until(zoneId, known, firstReadMs);
    const zone = this.shell.keep(zoneId);
    const before = primaryIn(zone);
    if (to !== undefined && before?.agentId === to) return before;
    this.refuseHandOver(zone, to);
    const oldEpoch = holderOf(zone)?.epoch ?? 0;
    this.shell.hear(zoneId, { kind: 'handOver', to });
    const done = await this.until(zoneId, (now) => (primaryIn(now)?.epoch ?? 0) > oldEpoch, handOverPatienceMs);
    const after = this.primaryOf(zoneId);
    if (!done || after === null) {
      throw new AppError('UNAVAILABLE', 'Nobody took the zone over in time; it is being settled', { retryAfterSeconds: 1 });
    }
    return after;
  }

  private refuseHandOver(zone: ZoneElection, to: string | undefined): void {
    const standing = [...zone.candidates.values()].filter(({ away }) => !away);
    if (to !== undefined && !standing.some(({ agentId }) => agentId === to)) {
      throw new AppError('WRONG_STATE', 'The agent is not online as a candidate of this zone');
    }
    const vacancy = { holder: holderOf(zone), cause: 'handOver', sinceWallMs: 0, conn: undefined, eager: true, ended: false } as const;
    if (chooseNext(zone, vacancy, this.clock.monotonicMs()) === undefined) {
      throw new AppError('NO_TARGET', 'No other agent of the zone can take over');
    }
  }

  private isHolder(zoneId: string, agentId: string): boolean {
    return this.shell.view(zoneId)?.seen?.key?.agentId === agentId;
  }

  /** Waits until the zone is as wanted, or given up, or the time is over; true only for the first. */
  private until(
    zoneId: string,
    wanted: (zone: ZoneElection) => boolean,
    timeoutMs: number,
    hopeless: (zone: ZoneElection) => boolean = () => false,
  ): Promise<boolean> {
    const zone = this.shell.keep(zoneId);
    if (wanted(zone)) return Promise.resolve(true);
    return new Promise((resolve) => {
      const end = (result: boolean): void => {
        stopWatching();
        cancel();
        resolve(result);
      };
      const stopWatching = this.shell.watch((changedId, changed) => {
        if (changedId !== zoneId) return;
        if (wanted(changed)) end(true);
        else if (hopeless(changed)) end(false);
      });
      const cancel = this.clock.setTimer(() => end(false), timeoutMs);
      if (hopeless(zone)) end(false);
    });
  }
}

const known = (zone: ZoneElection): boolean => zone.seen !== undefined;

/** Nobody is left to appoint, and nothing is under way. */
const settledOrAlone = ({ vacancy, appointing, lookingUp }: ZoneElection): boolean =>
  vacancy !== undefined && !vacancy.eager && appointing === undefined && lookingUp === undefined;

const primaryIn = ({ seen, vacancy }: ZoneElection): PrimaryInfo | null => {
  if (!seen?.key || seen.key.epoch === null || vacancy !== undefined) return null;
  const { agentId, epoch, since, stamp } = seen.key;
  return { agentId, epoch, since, stamp };
};
