import type { Clock } from '@klevr/platform/clock';
import type { Log } from '@klevr/platform/log';
import type { AgentLink } from '../link.js';
import type { Storage } from '../storage.js';
import { AliveLane } from './alive-lane.js';
import { FactSender } from './fact-sender.js';
import type { LeaseGuard } from './lease-guard.js';
import { refusedFactsFile } from './refused-facts.js';

/**
 * The lanes of facts on their way to the centre, events before logs; signs of life by themselves.
 * Promises: nothing is sent before the centre has granted this process its session: a clone has the same journal, and its facts would take the numbers of
 * the real ones.
 */
export interface FactLanesOptions {
  readonly storage: Storage;
  readonly link: AgentLink;
  readonly clock: Clock;
  /** The centre's time. */
  readonly nowMs: () => number;
  readonly guard: LeaseGuard;
  readonly log: Log;
}

export class FactLanes {
  readonly alive: AliveLane;
  private readonly senders: readonly FactSender[];

  constructor({ storage, link, clock, nowMs, guard, log }: FactLanesOptions) {
    const setAside = refusedFactsFile(storage.refusedFacts);
    const common = { journalId: () => storage.journal.id, send: link.sendFacts.bind(link), setAside, clock, log };
    const events = new FactSender({ ...common, lane: 'events', source: storage.journal });
    const logs = new FactSender({ ...common, lane: 'logs', source: storage.logs, after: events });
    this.alive = new AliveLane({ ...common, nowMs, guard });
    this.senders = [events, logs];
    this.shut();
    storage.journal.onFacts((when) => (when === 'now' ? events.wake() : events.wakeSoon()));
    storage.logs.onFacts(() => logs.wake());
  }

  /** This process has its session; what an earlier life left goes first. */
  open(): void {
    for (const sender of this.senders) sender.setShut(false);
    this.alive.setShut(false);
  }

  shut(): void {
    for (const sender of this.senders) sender.setShut(true);
    this.alive.setShut(true);
  }

  reconnected(): void {
    for (const sender of this.senders) sender.reconnected();
    this.alive.wake();
  }

  /** Resolves when everything was answered, or after the time; answers which of it was. */
  async drained(timeoutMs: number): Promise<boolean> {
    const drained = await Promise.all(this.senders.map((sender) => sender.drained(timeoutMs)));
    return !drained.includes(false);
  }

  async stop(): Promise<void> {
    this.alive.stop();
    await Promise.all(this.senders.map((sender) => sender.stop()));
  }
}
