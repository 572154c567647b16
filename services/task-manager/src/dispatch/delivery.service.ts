import type { CancelCommand, RunCommand, SealedCredential } from '@klevr/contracts/command';
import { defaultLogBytes } from '@klevr/contracts/execution';
import { Clock } from '@klevr/platform/clock';
import { Injectable } from '@nestjs/common';
import { wantingRuns } from '../credentials/command-secrets.js';
import { CommandSecretsService } from '../credentials/command-secrets.service.js';
import { commandsSent, dispatchSeconds } from '../metrics.js';
import type { RunRow } from '../runs/run-row.js';
import { commandLifeMs } from './claim.js';
import { batchesOf } from './command-batches.js';
import { CommandSigner } from './command-signer.js';
import { CommandClient, type Command } from './command.client.js';
import { WorkStore, type Work } from './work.store.js';
import type { Primary } from './primary.js';
import { ZonePrimariesService } from './zone-primaries.service.js';

/** Copies of one attempt that go by way of the primary before they go straight. */
const viaPrimaryAtMost = 2;
const nobodyPausesMs = [50, 100, 200];

/** What goes into a command besides the run itself. */
@Injectable()
export class CommandParts {
  constructor(
    readonly work: WorkStore,
    readonly secrets: CommandSecretsService,
  ) {}
}

/**
 * Signs claimed runs and brings them on their way.
 * Promises: what the primary did not take goes straight to the agents. Does not: know whether a command arrived; that is told by facts, and what
 * no fact tells of is claimed again.
 */
@Injectable()
export class DeliveryService {
  constructor(
    private readonly signer: CommandSigner,
    private readonly client: CommandClient,
    private readonly parts: CommandParts,
    private readonly primaries: ZonePrimariesService,
    private readonly clock: Clock,
  ) {}

  async send(zoneId: string, primary: Primary, runs: readonly RunRow[]): Promise<void> {
    const works = await this.parts.work.load(runs.map((run) => run.taskId));
    const { sealed, unsendable } = await this.parts.secrets.of(zoneId, wantingRuns(runs, works));
    const before = await this.parts.work.outputsBefore(runs);
    const sendable = unsendable.size === 0 ? runs : runs.filter(({ id }) => !unsendable.has(id));
    const commands = await Promise.all(
      sendable.flatMap((run) => this.runCommand(run, works.get(run.taskId), { secrets: sealed.get(run.id), before: before.get(run.id) })),
    );
    const mediated = primary.kind === 'ready' ? commands.filter(({ sendCount }) => sendCount <= viaPrimaryAtMost) : [];
    const straight = commands.filter((command) => !mediated.includes(command));
    await Promise.all([
      ...(primary.kind === 'ready' ? batchesOf(mediated).map((batch) => this.viaPrimary(zoneId, primary, batch)) : []),
      this.straight(zoneId, straight),
    ]);
  }

  /** Cancels go straight to the agents. */
  async cancel(zoneId: string, epoch: number, runs: readonly RunRow[]): Promise<void> {
    await this.straight(zoneId, await Promise.all(runs.flatMap((run) => this.cancelCommand(run, epoch))));
  }

  private async viaPrimary(zoneId: string, primary: { agentId: string; epoch: number }, commands: readonly Command[]): Promise<void> {
    commandsSent.inc({ way: 'primary' }, commands.length);
    for (const pauseMs of [...nobodyPausesMs, null]) {
      const outcome = await this.client.deliver(zoneId, primary, commands);
      if (outcome === 'received') return;
      if (outcome === 'unknown' || pauseMs === null) break;
      await new Promise<void>((resolve) => this.clock.setTimer(resolve, pauseMs));
      const present = await this.primaries.of(zoneId);
      // Another one is ready: it was told of everything that nobody accepted.
      if (present.kind === 'ready' && present.epoch !== primary.epoch) return;
      if (present.kind !== 'ready') break;
    }
    await this.straight(zoneId, commands);
  }

  private async straight(zoneId: string, commands: readonly Command[]): Promise<void> {
    commandsSent.inc({ way: 'straight' }, commands.length);
    await Promise.all(
      commands.map(async (command) => {
        const { reply } = await this.client.straight(zoneId, command);
        // Its refusal comes as a fact; here it only says that the key of the zone is another by now.
        if (reply?.code === 'STALE_EPOCH') this.primaries.doubt(zoneId);
      }),
    );
  }

  private runCommand(
    run: RunRow,
    work: Work | undefined,
    { secrets, before }: { readonly secrets: readonly SealedCredential[] | undefined; readonly before: string | undefined },
  ): Promise<Command & { sendCount: number }>[] {
    const { id, taskId, zoneId, agentId, session, attempt, epoch, sendCount, createdAt, firstStep } = run;
    if (work === undefined || agentId === null || session === null || epoch === null || run.notAfterAt === null) return [];
    const nowMs = this.clock.nowMs();
    if (sendCount === 1 && attempt === 1) dispatchSeconds.observe((nowMs - createdAt.getTime()) / 1000);
    const { taskName, steps, recovery, parameters, killGraceSeconds, maxLogBytes, previousResult } = work;
    const { recoveryOf } = run;
    const previous = firstStep === 0 ? previousResult : (before ?? null);
    const command: RunCommand = {
      ...{ verb: 'run', agentId, zoneId, session, runId: id, attempt, epoch, taskId, taskName, steps, recovery, parameters },
      issuedAtMs: nowMs,
      notAfterMs: run.notAfterAt.getTime(),
      timeoutSeconds: run.timeoutSeconds,
      deadlineMs: run.deadlineAt?.getTime() ?? null,
      ...(killGraceSeconds === null ? {} : { killGraceSeconds }),
      ...(maxLogBytes === defaultLogBytes ? {} : { maxLogBytes }),
      ...(previous === null ? {} : { previous }),
      ...(recoveryOf === null
        ? firstStep === 0
          ? {}
          : { firstStep }
        : { recover: { failedStep: Math.min(firstStep, steps.length - 1), reason: recoveryOf } }),
      ...(run.movable && run.retry !== null ? { aloneSeconds: run.retry.aloneSeconds } : {}),
      ...(secrets === undefined ? {} : { credentials: [...secrets] }),
    };
    return [this.signer.sign(command).then((jws) => ({ runId: id, agentId, verb: 'run', jws, sendCount }))];
  }

  private cancelCommand(run: RunRow, epoch: number): Promise<Command>[] {
    const { id, zoneId, agentId, session, attempt } = run;
    if (agentId === null || session === null) return [];
    const issuedAtMs = this.clock.nowMs();
    const notAfterMs = issuedAtMs + commandLifeMs;
    const reason = 'canceled by a user';
    const command: CancelCommand = { verb: 'cancel', agentId, zoneId, session, runId: id, attempt, epoch, issuedAtMs, notAfterMs, reason };
    return [this.signer.sign(command).then((jws) => ({ runId: id, agentId, verb: 'cancel', jws }))];
  }
}
