import type { AskedOf, Observation } from '@klevr/contracts/provision';
import type { Log } from '@klevr/platform/log';
import type { AsksCentre } from './centre.js';
import { saysTheSame } from './observation.js';

export type Cause = AskedOf<'observed'>['cause'];

/**
 * Tells the centre what was seen of one resource.
 * Promises: the newest is told until it was answered; what was seen before it is dropped; what says nothing new is told only when its time has come. Does not: tell anything
 * while it is paused.
 */
export interface SenderOptions {
  readonly centre: Pick<AsksCentre, 'insist'>;
  readonly of: () => { readonly resourceId: string; readonly revision: number };
  /** The centre does not know the resource as one of this worker. */
  readonly onUnknown: () => void;
  readonly log: Log;
}

export class ObservationSender {
  private waiting: { readonly cause: Cause; readonly observation: Observation } | undefined;
  private last: Observation | undefined;
  private sending: Promise<void> | undefined;
  private end = new AbortController();

  constructor(private readonly options: SenderOptions) {}

  tell(cause: Cause, observation: Observation): void {
    const before = this.waiting?.observation ?? this.last;
    const isNews = before === undefined || !saysTheSame(before, observation);
    if (!isNews && cause !== 'interval' && cause !== 'start') return;
    this.waiting = { cause, observation };
    this.sending ??= this.send(this.end.signal).finally(() => (this.sending = undefined));
  }

  /** What waits is forgotten: it is about a time before something happened. */
  pause(): void {
    this.end.abort(new Error('paused'));
    this.end = new AbortController();
    this.waiting = undefined;
    this.sending = undefined;
    this.last = undefined;
  }

  private async send(signal: AbortSignal): Promise<void> {
    const { centre, of, onUnknown, log } = this.options;
    while (this.waiting !== undefined && !signal.aborted) {
      const { cause, observation } = this.waiting;
      this.waiting = undefined;
      try {
        const { known } = await centre.insist('observed', { ...of(), cause, observation }, signal);
        if (signal.aborted) return;
        this.last = observation;
        if (!known) return onUnknown();
      } catch (error) {
        if (signal.aborted) return;
        log.error({ error }, 'an observation was refused by the centre');
      }
    }
  }
}
