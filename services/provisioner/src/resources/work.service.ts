import type { ReplyOf, RequestOf } from '@klevr/contracts/contract';
import type { provisionContracts } from '@klevr/contracts/provisioner-contracts';
import { Clock } from '@klevr/platform/clock';
import { Injectable } from '@nestjs/common';
import { WakeUps } from '../wake-ups.js';
import type { Witness } from './judge.js';
import { begin, end } from './life.js';
import type { OperationRow } from './operation-row.js';
import { isOpen } from './operation-state.js';
import { OperationsStore } from './operations.store.js';
import { ProofService, type ToldRun } from './proof.service.js';
import type { Story } from './story.js';
import { failureText, keptPlan, stepsOf, withTold } from './steps.js';

type Asks = typeof provisionContracts;

/** What the worker of an operation tells of it. Told twice is told once; an older attempt tells nothing any more. */
@Injectable()
export class WorkService {
  constructor(
    private readonly store: OperationsStore,
    private readonly proof: ProofService,
    private readonly wakeUps: WakeUps,
    private readonly clock: Clock,
  ) {}

  async progress(witness: Witness, told: RequestOf<Asks['progress']>): Promise<ReplyOf<Asks['progress']>> {
    const known = await this.store.find(told.operationId);
    if (known === undefined || !isOpen(known.status) || told.attempt < known.attempt) return { stop: true };
    const taskId = await this.proof.ofRun(known, witness, told);
    const stop = await this.store.change(known, this.now(), (story, operation) => {
      if (!isOpen(operation.status) || told.attempt < operation.attempt) return true;
      const wanted = operation.cancelAt === null;
      if (told.attempt === operation.attempt && told.seq <= operation.seq) return !wanted;
      if (told.engine !== undefined && standsElsewhere(story.row, operation, told.engine.id)) return true;
      this.take(story, operation, witness, { ...told, taskId });
      begin(story, operation, told.engine?.id);
      operation.seq = told.seq;
      if (told.plan !== null) this.takePlan(operation, told.plan);
      operation.steps = withTold(operation.steps, told.steps);
      return !wanted;
    });
    this.wakeUps.told();
    return { stop: stop ?? true };
  }

  async result(witness: Witness, told: RequestOf<Asks['result']>): Promise<Record<string, never>> {
    const known = await this.store.find(told.operationId);
    if (known === undefined || !isOpen(known.status) || told.attempt < known.attempt) return {};
    const taskId = await this.proof.ofRun(known, witness, told);
    await this.store.change(known, this.now(), (story, operation, { recipe }) => {
      if (!isOpen(operation.status) || told.attempt < operation.attempt) return;
      this.take(story, operation, witness, { ...told, taskId });
      if (told.plan !== null) this.takePlan(operation, told.plan);
      const { observation } = told;
      if (told.ok) return end(story, operation, { event: 'succeeded', reason: null, observation: observation, recipe });
      const canceled = operation.cancelAt !== null;
      const message = failureText(operation.steps, told.message);
      const code = canceled ? 'CANCELED_BY_USER' : `${operation.action.toUpperCase()}_FAILED`;
      end(story, operation, { event: canceled ? 'canceled' : 'failed', reason: { code, message }, observation: observation, recipe });
    });
    this.wakeUps.committed();
    return {};
  }

  /** A later attempt may be another worker's, and whoever held the state for the earlier one holds it no more. */
  private take(
    story: Story,
    operation: OperationRow,
    { agentId }: Witness,
    { runId, attempt, taskId }: ToldRun & { readonly taskId: string },
  ): void {
    if (attempt > operation.attempt && operation.attempt > 0) story.releaseState = true;
    if (attempt !== operation.attempt) Object.assign(operation, { seq: -1, plan: null });
    operation.taskId ??= taskId;
    Object.assign(operation, { runId, attempt, workerId: agentId });
    story.changed.add(operation);
  }

  /** The plan of an attempt is made once; what came of its steps is kept. */
  private takePlan(operation: OperationRow, plan: NonNullable<OperationRow['plan']>): void {
    if (operation.plan === null) operation.steps = stepsOf(plan, operation.steps);
    operation.plan = keptPlan(plan);
  }

  private now(): Date {
    return new Date(this.clock.nowMs());
  }
}

/** What an earlier attempt has begun at one engine, another one must not begin at a second. */
const standsElsewhere = ({ engine }: Story['row'], { action, attempt }: OperationRow, told: string): boolean =>
  action === 'apply' && attempt > 0 && engine !== null && engine !== told;
