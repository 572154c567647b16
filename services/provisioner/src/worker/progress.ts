import type { AskedOf } from '@klevr/contracts/provision';
import type { Engine, Plan, PlanChange } from '@klevr/contracts/resource';
import type { StepState } from '@klevr/drivers/driver';
import type { AsksCentre } from './centre.js';
import { isWork } from './plan.js';

type Told = AskedOf<'progress'>['steps'][number];

/** The centre wants the operation no more. */
export class NotWanted extends Error {
  override readonly name = 'NotWanted';
  constructor() {
    super('the centre does not want it any more');
  }
}

/**
 * Tells the centre how far an attempt has come, and knows it.
 * Promises: each word has a larger number than the one before, and is repeated until it was answered; where the centre wants no more, the work hears that. Does
 * not: go on without the centre.
 */
export interface ProgressOptions {
  readonly centre: Pick<AsksCentre, 'insist'>;
  readonly of: Pick<AskedOf<'progress'>, 'operationId' | 'runId' | 'attempt'>;
  readonly nowMs: () => number;
  readonly signal: AbortSignal;
  readonly say: (line: string) => void;
}

export class ProgressTeller {
  private seq = 0;
  private changes: readonly PlanChange[] = [];
  private readonly states = new Map<number, StepState>();

  constructor(private readonly options: ProgressOptions) {}

  /** Before anything is carried out. */
  async planned(plan: Plan, engine: Engine): Promise<void> {
    this.changes = plan.changes;
    await this.tell({ plan, engine, steps: [] });
  }

  async step(change: PlanChange, state: StepState, message?: string): Promise<void> {
    const { nowMs, say } = this.options;
    const index = this.indexOf(change);
    if (state !== 'begun') say(`${change.action} ${change.part}: ${state}${message === undefined ? '' : `: ${message}`}`);
    // A part that the plan did not know is the driver's own affair.
    if (index === -1) return;
    // It begins when the centre has heard of it; what was done is done in any case.
    if (state !== 'begun') this.states.set(index, state);
    await this.tell({ plan: null, steps: [{ index, state, message: message?.slice(0, 4_096) ?? null, atMs: nowMs() }] });
    this.states.set(index, state);
  }

  /** What was to be done, by what became of it. */
  outcome(): { readonly done: string[]; readonly failed: string[]; readonly notBegun: string[] } {
    const of = (wanted: (state: StepState | undefined) => boolean): string[] =>
      this.changes.flatMap((change, index) => (isWork(change) && wanted(this.states.get(index)) ? [change.part] : []));
    return {
      done: of((state) => state === 'done'),
      failed: of((state) => state === 'failed' || state === 'begun'),
      notBegun: of((state) => state === undefined),
    };
  }

  /** The part at which it stopped. */
  stoppedAt(): PlanChange | undefined {
    return this.changes.find((_, index) => this.states.get(index) === 'failed' || this.states.get(index) === 'begun');
  }

  private indexOf(change: PlanChange): number {
    const same = this.changes.indexOf(change);
    return same === -1 ? this.changes.findIndex(({ part, action }) => part === change.part && action === change.action) : same;
  }

  private async tell(what: { readonly plan: Plan | null; readonly engine?: Engine; readonly steps: Told[] }): Promise<void> {
    const { centre, of, signal } = this.options;
    const { stop } = await centre.insist('progress', { ...of, ...what, seq: this.seq++ }, signal);
    if (stop) throw new NotWanted();
  }
}
