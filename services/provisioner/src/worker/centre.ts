import type { AgentLink } from '@klevr/agent-runtime/link';
import { AppError, errorCodes } from '@klevr/contracts/errors';
import type { AnsweredOf, AskedOf, ProvisionVerb } from '@klevr/contracts/provision';
import { provisionContracts } from '@klevr/contracts/provisioner-contracts';
import { subjects } from '@klevr/contracts/subjects';
import { call } from '@klevr/messaging/call';
import type { Clock } from '@klevr/platform/clock';

/**
 * The provisioner's central service, as this worker asks it.
 * Promises: `insist` asks again until an answer came, and sooner when the connection is back. Does not: keep a question over a restart.
 */
export interface AsksCentre {
  ask<V extends ProvisionVerb>(verb: V, request: AskedOf<V>): Promise<AnsweredOf<V>>;
  /** Throws the centre's definite no, or the signal's reason. */
  insist<V extends ProvisionVerb>(verb: V, request: AskedOf<V>, signal: AbortSignal): Promise<AnsweredOf<V>>;
}

const askTimeoutMs = 10_000;
const pauseMs = { first: 200, longest: 5_000 };

export class Centre implements AsksCentre {
  private readonly waiting = new Set<() => void>();

  constructor(
    private readonly link: Pick<AgentLink, 'bus' | 'me'>,
    private readonly clock: Pick<Clock, 'setTimer'>,
  ) {}

  ask<V extends ProvisionVerb>(verb: V, request: AskedOf<V>): Promise<AnsweredOf<V>> {
    const options = {
      subject: subjects.provision.build({ ...this.link.me, verb }),
      inbox: { to: 'centre' as const },
      timeoutMs: askTimeoutMs,
    };
    return call(this.link.bus, provisionContracts[verb], request as never, options) as Promise<AnsweredOf<V>>;
  }

  async insist<V extends ProvisionVerb>(verb: V, request: AskedOf<V>, signal: AbortSignal): Promise<AnsweredOf<V>> {
    for (let tries = 0; ; tries += 1) {
      signal.throwIfAborted();
      try {
        return await this.ask(verb, request);
      } catch (error) {
        if (!mayComeLater(error)) throw error;
        await this.pause(Math.min(pauseMs.first * 2 ** tries, pauseMs.longest), signal);
      }
    }
  }

  /** Whoever waits asks again at once. */
  reconnected(): void {
    for (const resume of this.waiting) resume();
  }

  private async pause(ms: number, signal: AbortSignal): Promise<void> {
    if (signal.aborted) return;
    await new Promise<void>((resolve) => {
      const resume = (): void => {
        cancel();
        this.waiting.delete(resume);
        signal.removeEventListener('abort', resume);
        resolve();
      };
      const cancel = this.clock.setTimer(resume, ms * (0.8 + Math.random() * 0.4));
      this.waiting.add(resume);
      signal.addEventListener('abort', resume, { once: true });
    });
  }
}

export const mayComeLater = (error: unknown): boolean => error instanceof AppError && errorCodes[error.code].retryable;

/** A signal that comes so much later: for what has to reach the centre although the work was ended. */
export const later = (
  signal: AbortSignal,
  byMs: number,
  clock: Pick<Clock, 'setTimer'>,
): { readonly signal: AbortSignal; readonly cancel: () => void } => {
  const end = new AbortController();
  let cancelTimer: () => void = () => undefined;
  const begin = (): void => void (cancelTimer = clock.setTimer(() => end.abort(signal.reason), byMs));
  if (signal.aborted) begin();
  else signal.addEventListener('abort', begin, { once: true });
  const cancel = (): void => {
    signal.removeEventListener('abort', begin);
    cancelTimer();
  };
  return { signal: end.signal, cancel };
};
