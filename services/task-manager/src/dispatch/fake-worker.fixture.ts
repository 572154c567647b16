import { claimGroup, provisionCommand, type Claim, type ProvisionStep } from '@klevr/contracts/provision';
import { newId } from '@klevr/contracts/ids';
import { subjects } from '@klevr/contracts/subjects';
import type { Task } from '@klevr/contracts/task';
import { taskManagerRpc } from '@klevr/contracts/task-manager-contracts';
import type { Bus, Subscription } from '@klevr/messaging/bus';
import { call } from '@klevr/messaging/call';
import { FakeAgent } from '../fake-agent.fixture.js';
import type { TaskManagers } from '../task-manager.fixture.js';

type Engine = Omit<Claim, 'runId'>;

/** A worker that does only what the test says, on a worker's own connection; it takes every claim of its groups, in the name that the test gives it. */
export class FakeWorker extends FakeAgent {
  readonly claims: Claim[] = [];
  private readonly claiming: Subscription[] = [];
  answers: { agentId?: string; session?: string } | 'nothing' = {};

  static async join(centre: TaskManagers, zoneId: string, engines: readonly Engine[], { hello = true } = {}): Promise<FakeWorker> {
    const { bus, agentId } = await centre.bed.agentBus(zoneId, newId('agent'), 'worker');
    const worker = new FakeWorker(bus, zoneId, agentId, (request) => centre.rpc('agentHello', { ...request, kind: 'worker' }));
    await worker.listen();
    await worker.takeClaims(engines);
    if (hello) await worker.hello();
    return worker;
  }

  /** It takes no more claims. */
  leave(): void {
    for (const subscription of this.claiming) subscription.unsubscribe();
  }

  /** As every worker does: it hears all claims of its zone once for each group, and answers those that are that group's. */
  private async takeClaims(engines: readonly Engine[]): Promise<void> {
    const groups = new Set(engines.flatMap(({ driver, engine }) => [driver, claimGroup({ driver, engine })]));
    for (const queue of groups) {
      const subscription = this.bus.subscribe(
        subjects.provisionClaim.build({ zone: this.zoneId }),
        (message) => {
          const claim = message.json() as Claim;
          if (claimGroup(claim) !== queue) return;
          this.claims.push(claim);
          const { agentId, session } = this;
          if (this.answers !== 'nothing') this.bus.respond(message.reply ?? '', { agentId, session, ...this.answers });
        },
        { queue },
      );
      this.claiming.push(subscription);
    }
    await this.bus.flush();
  }
}

const actor = { userId: 'usr_test', username: 'tester' };

export const stepOf = (more: Partial<ProvisionStep> = {}): ProvisionStep => ({
  operationId: newId('operation'),
  action: 'apply',
  resource: { id: newId('resource'), name: 'web', revision: 1 },
  recipe: { name: 'nginx', version: '1.0.0', driver: 'docker', digest: 'sha256:x', bytes: 1 },
  parameters: { port: 80 },
  deleteData: false,
  planDigest: null,
  ...more,
});

interface Operation {
  readonly zoneId: string;
  readonly engine?: string | null;
  readonly step?: ProvisionStep;
  readonly credentials?: string[];
}

/** As the provisioner asks for it. */
export const operate = (provisioner: Bus, { zoneId, engine = null, step = stepOf(), credentials = [] }: Operation): Promise<Task> =>
  call(provisioner, taskManagerRpc.createOperationTask, {
    ...{ actor, name: `${step.action} ${step.resource.name}`, zoneId, step, credentials, timeoutSeconds: 600, deadline: null },
    target: { worker: { driver: 'docker', engine } },
  });

export const provisionStepOf = (command: { steps?: unknown }): unknown => {
  const [step] = (command.steps ?? []) as { use?: string; with?: unknown }[];
  return step?.use === provisionCommand ? step.with : undefined;
};
