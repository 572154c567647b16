import { Injectable } from '@nestjs/common';
import { Clock } from '@klevr/platform/clock';
import { Log } from '@klevr/platform/log';
import { subjects } from '@klevr/contracts/subjects';
import { ViolationsStore } from './violations.store.js';

/** One event an agent and time; a hostile agent must not fill tables and streams with its attempts. */
const onceInMs = 60_000;
const mostRemembered = 10_000;

/** Agents that asked for an answer elsewhere than on their own inbox. The asking had no effect; somebody should look at why. */
@Injectable()
export class ViolationsService {
  private readonly toldAtMs = new Map<string, number>();

  constructor(
    private readonly store: ViolationsStore,
    private readonly clock: Clock,
    private readonly log: Log,
  ) {}

  async report({ subject, reply }: { subject: string; reply: string }): Promise<void> {
    const asker = subjects.ask.parse(subject);
    if (asker === undefined) return;
    const nowMs = this.clock.nowMs();
    if (nowMs - (this.toldAtMs.get(asker.agent) ?? 0) < onceInMs) return;
    if (this.toldAtMs.size >= mostRemembered) this.toldAtMs.clear();
    this.toldAtMs.set(asker.agent, nowMs);
    this.log.warn({ subject, reply }, 'an agent asked for an answer on a foreign subject');
    try {
      await this.store.add({ zoneId: asker.zone, agentId: asker.agent, subject, reply: reply.slice(0, 256), atMs: nowMs });
    } catch (error) {
      this.log.warn({ error }, 'a violation cannot be stored now');
    }
  }
}
