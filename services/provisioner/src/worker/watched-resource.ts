import type { Observation } from '@klevr/contracts/provision';
import type { HealthCheck } from '@klevr/contracts/recipe';
import type { StateKeeper } from '@klevr/drivers/driver';
import type { CancelTimer, Clock } from '@klevr/platform/clock';
import type { Log } from '@klevr/platform/log';
import type { AsksCentre } from './centre.js';
import { remembered } from './fingerprints.js';
import { look } from './health-check.js';
import type { CheckAnswer } from './health-judge.js';
import { HealthRounds } from './health-rounds.js';
import { ObservationSender, type Cause } from './observation-sender.js';
import { observationOf } from './observation.js';
import type { KeptResource } from './resource-journal.js';
import type { OpenWork, Workshop } from './workshop.js';

/**
 * Watches over one resource: by its engine's events, by time, by its checks.
 * Promises: many events in a row are one look, and one that comes during a look makes another; while it is paused it neither looks nor tells, and afterwards it looks anew.
 * Without the secrets it compares by what they are recognized by. Does not: mend anything; the centre decides.
 */
export interface WatchedOptions {
  readonly workshop: Pick<Workshop, 'open'>;
  readonly centre: Pick<AsksCentre, 'insist'>;
  readonly environment: Readonly<Record<string, string>>;
  readonly onUnknown: () => void;
  readonly clock: Clock;
  readonly nowMs: () => number;
  readonly log: Log;
}

/** Engines tell of one deed in several events. */
const calmMs = 200;

export class WatchedResource {
  private readonly sender: ObservationSender;
  private readonly health: HealthRounds;
  private wanted: Cause | undefined;
  private looking: Promise<void> | undefined;
  private cancelCalm: CancelTimer | undefined;
  private cancelInterval: CancelTimer = () => undefined;
  private end = new AbortController();
  private paused = false;
  private last: Observation | undefined;
  private failure = '';

  constructor(
    private kept: KeptResource,
    private readonly options: WatchedOptions,
  ) {
    const { centre, clock, nowMs, log } = options;
    const of = (): { resourceId: string; revision: number } => ({
      resourceId: this.kept.resource.id,
      revision: this.kept.resource.revision,
    });
    this.sender = new ObservationSender({ centre, of, onUnknown: () => (this.paused ? undefined : options.onUnknown()), log });
    this.health = new HealthRounds({ look: (check) => this.check(check), onChange: () => this.onHealth(), clock, nowMs });
  }

  /** Looks soon. */
  wake(cause: Cause): void {
    if (this.paused) return;
    // A look that is told in any case stays one.
    if (this.wanted !== 'start' && this.wanted !== 'interval') this.wanted = cause;
    if (this.looking !== undefined) return;
    this.cancelCalm ??= this.options.clock.setTimer(() => {
      this.cancelCalm = undefined;
      this.looking = this.lookAround().finally(() => {
        this.looking = undefined;
        if (this.wanted !== undefined) this.wake(this.wanted);
      });
    }, calmMs);
  }

  /** Resolves when nothing of it works at the engine any more. */
  async pause(): Promise<void> {
    this.paused = true;
    this.end.abort(new Error('paused'));
    this.cancelCalm?.();
    this.cancelCalm = undefined;
    this.cancelInterval();
    this.wanted = undefined;
    this.health.stop();
    this.sender.pause();
    await this.looking;
  }

  resume(kept: KeptResource): void {
    this.kept = kept;
    this.paused = false;
    this.end = new AbortController();
    this.wake('event');
  }

  private async lookAround(): Promise<void> {
    const cause = this.wanted ?? 'event';
    this.wanted = undefined;
    const { id: resourceId } = this.kept.resource;
    const { signal } = this.end;
    try {
      const observation = await this.opened((open) => this.observe(open));
      if (signal.aborted) return;
      this.failure = '';
      this.last = observation;
      this.sender.tell(cause, observation);
    } catch (error) {
      if (signal.aborted) return;
      const message = error instanceof Error ? error.message : String(error);
      if (message !== this.failure) this.options.log.warn({ error, resourceId }, 'a resource cannot be observed');
      this.failure = message;
      this.lookIn(failedAgainSeconds);
    }
  }

  private async observe(open: OpenWork): Promise<Observation> {
    const { kept, options } = this;
    const changes = kept.phase === 'destroying' ? [] : await open.session.plan({ present: true });
    const of = { engine: kept.engine, changes, health: this.health.states, nowMs: options.nowMs() };
    const observation = await observationOf(open, of);
    this.end.signal.throwIfAborted();
    this.lookIn(open.recipe.manifest.observeEverySeconds);
    this.watchHealth(open, observation);
    return { ...observation, health: this.health.states };
  }

  private watchHealth({ prepared }: OpenWork, { outputs, parts }: Observation): void {
    if (parts.length === 0 || this.kept.phase === 'destroying') return this.health.stop();
    try {
      this.health.watch(prepared.health(outputs), this.kept.appliedAtMs ?? 0);
    } catch {
      // What the checks need is not to be had while it is half there; those that are under way go on.
    }
  }

  private onHealth(): void {
    if (this.paused || this.last === undefined) return;
    this.last = { ...this.last, health: this.health.states, observedAtMs: this.options.nowMs() };
    this.sender.tell('health', this.last);
  }

  private async check(check: HealthCheck): Promise<CheckAnswer> {
    const opened: OpenWork[] = [];
    const session = async (): Promise<OpenWork['session']> => {
      const open = await this.open();
      opened.push(open);
      return open.session;
    };
    try {
      return await look(check, { session, environment: this.options.environment, signal: this.end.signal });
    } finally {
      for (const open of opened) await open.close();
    }
  }

  private async opened<T>(work: (open: OpenWork) => Promise<T>): Promise<T> {
    const open = await this.open();
    try {
      return await work(open);
    } finally {
      await open.close();
    }
  }

  private open(): Promise<OpenWork> {
    const { engine, secrets } = this.kept;
    return this.options.workshop.open(this.kept, {
      ...{ engine, secrets: remembered(secrets), state: noState, signal: this.end.signal, say: () => undefined },
    });
  }

  private lookIn(seconds: number): void {
    this.cancelInterval();
    if (!this.paused) this.cancelInterval = this.options.clock.setTimer(() => this.wake('interval'), seconds * (900 + Math.random() * 200));
  }
}

/** An engine that is away mostly tells nothing when it is back. */
const failedAgainSeconds = 30;

const refuse = (): Promise<never> => Promise.reject(new Error('the state can be had by an operation alone'));
const noState: StateKeeper = { lock: refuse, write: refuse, unlock: () => Promise.resolve() };
