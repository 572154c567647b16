import { AppError } from '@klevr/contracts/errors';
import type { Clock } from '@klevr/platform/clock';

/** `told`: something happened to the agent; `timeOver`: nothing did; `hungUp`: nobody waits any more. */
export type WaitEnd = 'told' | 'timeOver' | 'hungUp';

/** One agent's listening for its approval; it hears what happens from its making on. */
export interface ApprovalWait {
  until(waitMs: number, hangUp: AbortSignal): Promise<WaitEnd>;
  done(): void;
}

const AGENT_LIMIT = 4;

/**
 * Requests that are held until something happens to their agent.
 *
 * Promises: an event between the making of a wait and the waiting itself ends the waiting at once; no more than `limit` wait at a time, and a few for
 * each agent; ending, running out and hanging up all free the place.
 */
export class ApprovalWaits {
  private readonly listening = new Map<string, Set<{ tell(): void }>>();
  private readonly heldOf = new Map<string, number>();
  private held = 0;
  private isStopping = false;

  constructor(
    private readonly clock: Clock,
    private readonly limit: number,
  ) {}

  get size(): number {
    return this.held;
  }

  /** Agents that somebody listens to. */
  get listened(): number {
    return this.listening.size;
  }

  listen(agentId: string): ApprovalWait {
    let isTold = false;
    let wake: () => void = () => undefined;
    const listener = {
      tell: () => {
        isTold = true;
        wake();
      },
    };
    const listeners = this.listening.get(agentId) ?? new Set();
    this.listening.set(agentId, listeners.add(listener));
    return {
      done: () => {
        listeners.delete(listener);
        if (listeners.size === 0 && this.listening.get(agentId) === listeners) this.listening.delete(agentId);
      },
      until: async (waitMs, hangUp) => {
        if (isTold) return 'told';
        if (hangUp.aborted) return 'hungUp';
        this.take(agentId);
        try {
          return await new Promise<WaitEnd>((resolve) => {
            const end = (how: WaitEnd) => (): void => {
              cancel();
              hangUp.removeEventListener('abort', onHangUp);
              resolve(how);
            };
            const onHangUp = end('hungUp');
            const cancel = this.clock.setTimer(end('timeOver'), waitMs);
            wake = end('told');
            hangUp.addEventListener('abort', onHangUp);
          });
        } finally {
          this.free(agentId);
        }
      },
    };
  }

  tell(agentId: string): void {
    for (const listener of this.listening.get(agentId) ?? []) listener.tell();
  }

  /** What happened is not known, so everybody has to look. */
  tellAll(): void {
    for (const agentId of this.listening.keys()) this.tell(agentId);
  }

  /** Ends all waits, so that they are answered, and lets nobody wait again. */
  stop(): void {
    this.isStopping = true;
    this.tellAll();
  }

  private take(agentId: string): void {
    const own = this.heldOf.get(agentId) ?? 0;
    if (this.isStopping || this.held >= this.limit) {
      throw new AppError('UNAVAILABLE', 'Too many agents wait here for their approval', { retryAfterSeconds: 10 });
    }
    if (own >= AGENT_LIMIT)
      throw new AppError('RATE_LIMITED', 'This agent waits for its approval several times already', { retryAfterSeconds: 10 });
    this.held++;
    this.heldOf.set(agentId, own + 1);
  }

  private free(agentId: string): void {
    const own = (this.heldOf.get(agentId) ?? 1) - 1;
    this.held--;
    if (own === 0) this.heldOf.delete(agentId);
    else this.heldOf.set(agentId, own);
  }
}
