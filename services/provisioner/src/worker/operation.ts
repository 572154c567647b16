import type { CommandContext } from '@klevr/agent-runtime/built-ins/built-in';
import type { Observation, ProvisionStep } from '@klevr/contracts/provision';
import type { CheckedHealth, Engine, Plan, PlanChange } from '@klevr/contracts/resource';
import type { Goal } from '@klevr/drivers/driver';
import type { Clock } from '@klevr/platform/clock';
import { CentralState } from './central-state.js';
import { later, type AsksCentre } from './centre.js';
import { look } from './health-check.js';
import { startedUp } from './health-wait.js';
import { observationOf } from './observation.js';
import { isWork, planOf } from './plan.js';
import { ProgressTeller } from './progress.js';
import { fingerprintsOf } from './fingerprints.js';
import { Hiding } from './hiding.js';
import type { KeptResource, ResourceJournal } from './resource-journal.js';
import type { OpenWork, Workshop } from './workshop.js';

/**
 * One operation on one resource, from its plan to what is there in the end.
 * Promises: nothing is carried out that was not planned and told before; what is carried out is in the journal first; an apply is done when a new plan finds nothing to do
 * and the checks are good. What fails says at which part, what was done and what was not begun. Does not: undo; the next attempt goes on from where this one ended.
 */
export interface OperationHost {
  readonly workshop: Workshop;
  readonly journal: ResourceJournal;
  readonly centre: AsksCentre;
  readonly agentId: string;
  readonly zoneName: () => string;
  readonly environment: Readonly<Record<string, string>>;
  readonly clock: Clock;
  readonly nowMs: () => number;
}

export interface Outcome {
  readonly ok: boolean;
  readonly message: string | null;
  readonly plan: Plan | null;
  readonly observation: Observation | null;
}

/** Until the state is written and let go of, after the work was ended. */
const writeAfterEndMs = 30_000;

export class Operation {
  private readonly progress: ProgressTeller;
  private readonly hiding: Hiding;
  private plan: Plan | null = null;
  private observation: Observation | null = null;

  constructor(
    private readonly host: OperationHost,
    private readonly step: ProvisionStep,
    private readonly engine: Engine,
    private readonly context: CommandContext,
  ) {
    const { runId, attempt, signal, credentials } = context;
    this.hiding = new Hiding(credentials.values());
    const of = { operationId: step.operationId, runId, attempt };
    this.progress = new ProgressTeller({ centre: host.centre, of, nowMs: host.nowMs, signal, say: (line) => this.say(line) });
  }

  async run(): Promise<Outcome> {
    try {
      await this.carryOut();
      return { ok: true, message: null, plan: this.plan, observation: this.observation };
    } catch (error) {
      return { ok: false, message: this.failure(error), plan: this.plan, observation: this.observation };
    }
  }

  private async carryOut(): Promise<void> {
    const { host, step, engine, context } = this;
    const { resource, recipe, parameters, operationId } = step;
    const { signal, credentials } = context;
    const late = later(signal, writeAfterEndMs, host.clock);
    const state = new CentralState({
      ...{ centre: host.centre, of: { resourceId: resource.id, revision: resource.revision } },
      ...{ holder: `${host.agentId}.${operationId}`, signal, lateSignal: late.signal },
    });
    const desired = { resource, recipe, parameters, zoneName: host.zoneName() };
    const open = await host.workshop.open(desired, { engine, secrets: credentials, state, signal, say: (line) => this.say(line) });
    try {
      await this.within(open);
    } catch (error) {
      if (!signal.aborted && host.journal.find(resource.id)?.operationId === operationId) await this.observeWhatIsThere(open);
      throw error;
    } finally {
      await open.close();
      late.cancel();
    }
  }

  private async within(open: OpenWork): Promise<void> {
    const { step, engine, progress } = this;
    const goal: Goal = step.action === 'destroy' ? { present: false, deleteData: step.deleteData } : { present: true };
    const changes = this.hiding.changes(await open.session.plan(goal));
    this.plan = planOf(changes);
    await progress.planned(this.plan, engine);
    if (step.action === 'refresh') {
      await this.observe(open, changes, []);
      return this.adopt();
    }
    this.say(this.plan.text);
    if (step.action === 'plan') return;
    this.refuseAnother(this.plan);
    await this.begin(step.action);
    await open.session.carryOut(changes, goal, (change, state, message) =>
      progress.step(change, state, message === undefined ? undefined : this.hiding.text(message)),
    );
    const health = step.action === 'apply' ? await this.health(open) : [];
    const left = await open.session.plan(goal);
    await this.observe(open, left, health);
    const undone = left.filter(isWork);
    if (undone.length > 0)
      throw new Error(`still to do after all was done: ${undone.map(({ part, action }) => `${action} ${part}`).join(', ')}`);
    const ill = health.filter(({ state }) => state !== 'healthy');
    await this.ended();
    if (ill.length > 0)
      throw new Error(`was applied, but is not healthy: ${ill.map(({ name, message }) => `${name}: ${message}`).join('; ')}`);
  }

  /** An attempt that goes on from where an earlier one was cut off has less to do than was agreed to. */
  private refuseAnother(plan: Plan): void {
    const { planDigest, operationId, resource } = this.step;
    if (planDigest === null || planDigest === plan.digest) return;
    if (this.host.journal.find(resource.id)?.operationId === operationId) return;
    throw new Error('the plan is not the one that was agreed to any more: something has changed since; plan again');
  }

  private begin(action: 'apply' | 'destroy'): Promise<void> {
    return this.keep(action === 'apply' ? 'applying' : 'destroying');
  }

  /** The worker that looked after it may be gone: whoever refreshed it is the one that the centre hears of it from then on. */
  private async adopt(): Promise<void> {
    if (this.host.journal.find(this.step.resource.id)?.resource.revision === this.step.resource.revision) return;
    await this.keep('applied');
  }

  private async keep(phase: KeptResource['phase']): Promise<void> {
    const { host, step, engine, context } = this;
    const { resource, recipe, parameters, operationId } = step;
    const secrets = fingerprintsOf(context.credentials, resource.id);
    const before = host.journal.find(resource.id)?.appliedAtMs ?? null;
    await host.journal.keep({
      resource,
      recipe,
      parameters,
      zoneName: host.zoneName(),
      engine,
      secrets,
      operationId,
      phase,
      appliedAtMs: before,
    });
  }

  private async ended(): Promise<void> {
    const { journal, workshop, nowMs } = this.host;
    const { id } = this.step.resource;
    const kept = journal.find(id);
    if (this.step.action === 'apply' && kept !== undefined) return journal.keep({ ...kept, phase: 'applied', appliedAtMs: nowMs() });
    await journal.forget(id);
    return workshop.clear(id);
  }

  private async health({ session, prepared }: OpenWork): Promise<CheckedHealth[]> {
    const { environment, clock, nowMs } = this.host;
    const { signal } = this.context;
    const checks = prepared.health(prepared.outputs((await session.observe()).values));
    if (checks.length > 0) this.say(`waits until it is healthy: ${checks.map(({ name }) => name).join(', ')}`);
    const once = { session: () => Promise.resolve(session), environment, signal };
    return startedUp(checks, { look: (check) => look(check, once), clock, nowMs, signal });
  }

  private async observe(open: OpenWork, changes: readonly PlanChange[], health: readonly CheckedHealth[]): Promise<void> {
    const absent = this.step.action === 'destroy';
    const seen = await observationOf(open, { engine: this.engine, changes: absent ? [] : changes, health, nowMs: this.host.nowMs() });
    this.observation = this.hiding.observation(seen);
  }

  /** Of a failure too, people want to see what it left; where that cannot be seen, the failure is what they hear. */
  private async observeWhatIsThere(open: OpenWork): Promise<void> {
    if (this.observation !== null) return;
    const seen = open.session.plan({ present: true }).then((changes) => this.observe(open, changes, []));
    await seen.catch(() => undefined);
  }

  private failure(error: unknown): string {
    const { signal } = this.context;
    const at = this.progress.stoppedAt();
    const { done, notBegun } = this.progress.outcome();
    const what = signal.aborted ? 'was ended before it was done' : this.hiding.text(error instanceof Error ? error.message : String(error));
    const where = at === undefined ? '' : `${at.part} (${at.action}): `;
    const lists = [
      ...(done.length > 0 ? [`done: ${done.join(', ')}`] : []),
      ...(notBegun.length > 0 ? [`not begun: ${notBegun.join(', ')}`] : []),
    ];
    const far = this.host.journal.find(this.step.resource.id)?.operationId === this.step.operationId ? lists : [];
    return [`${where}${what}`, ...far].join('; ').slice(0, 4_096);
  }

  private say(text: string): void {
    this.context.say('stdout', `${text}\n`);
  }
}
