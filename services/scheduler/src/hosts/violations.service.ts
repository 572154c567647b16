import { Injectable } from '@nestjs/common';
import { Clock } from '@klevr/platform/clock';
import { Log } from '@klevr/platform/log';
import { subjects } from '@klevr/contracts/subjects';
import { ViolationsStore, type Violation } from './violations.store.js';

/** One event an agent and time; a hostile agent must not fill tables and streams with its attempts. */
const onceInMs = 60_000;
const mostRemembered = 10_000;

/**
 * What agents may not do: ask for an answer elsewhere than on their own inbox, be on two machines at once. It had no effect; somebody should look
 * at why.
 */
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
    const data = { violation: 'foreign reply subject', subject, reply: reply.slice(0, 256) };
    await this.tell({ type: 'host.violation', zoneId: asker.zone, agentId: asker.agent, data });
  }

  async cloneRefused({ zoneId, agentId, ...places }: { zoneId: string; agentId: string; first: object; second: object }): Promise<void> {
    const cause = 'a second machine with the identity said hello while the first answered';
    await this.tell({ type: 'host.cloneRefused', zoneId, agentId, data: { cause, ...places } });
  }

  private async tell(violation: Omit<Violation, 'atMs'>): Promise<void> {
    const nowMs = this.clock.nowMs();
    const key = `${violation.type} ${violation.agentId}`;
    if (nowMs - (this.toldAtMs.get(key) ?? 0) < onceInMs) return;
    if (this.toldAtMs.size >= mostRemembered) this.toldAtMs.clear();
    this.toldAtMs.set(key, nowMs);
    this.log.warn({ violation }, 'an agent did what it may not');
    try {
      await this.store.add({ ...violation, atMs: nowMs });
    } catch (error) {
      this.log.warn({ error }, 'a violation cannot be stored now');
    }
  }
}
