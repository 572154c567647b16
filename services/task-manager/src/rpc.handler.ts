import type { ReplyOf, RequestOf } from '@klevr/contracts/contract';
import { taskManagerRpc } from '@klevr/contracts/task-manager-contracts';
import { HandleRequest, type MessageContext } from '@klevr/messaging/decorators';
import { Controller } from '@nestjs/common';
import { CancelService } from './cancel/cancel.service.js';
import { CommandSigner } from './dispatch/command-signer.js';
import { ReadingService } from './reading/reading.service.js';
import { CreateTaskService } from './tasks/create-task.service.js';
import { RetryTaskService } from './tasks/retry-task.service.js';

const rpc = taskManagerRpc;
type Rpc = typeof taskManagerRpc;
type Asked<V extends keyof Rpc> = RequestOf<Rpc[V]>;
type Told<V extends keyof Rpc> = Promise<ReplyOf<Rpc[V]>>;

/** What the gateway asks. */
@Controller()
export class RpcHandler {
  constructor(
    private readonly creating: CreateTaskService,
    private readonly retrying: RetryTaskService,
    private readonly reading: ReadingService,
    private readonly canceling: CancelService,
    private readonly signer: CommandSigner,
  ) {}

  @HandleRequest(rpc.createTask)
  createTask({ actor, idempotency, task }: Asked<'createTask'>, _context: MessageContext): Told<'createTask'> {
    return this.creating.create(actor.username, idempotency, task);
  }

  @HandleRequest(rpc.createTasks)
  async createTasks({ actor, idempotency, tasks }: Asked<'createTasks'>, _context: MessageContext): Told<'createTasks'> {
    return { items: await this.creating.createMany(actor.username, idempotency, tasks) };
  }

  @HandleRequest(rpc.listTasks)
  listTasks(query: Asked<'listTasks'>, _context: MessageContext): Told<'listTasks'> {
    return this.reading.listTasks(query);
  }

  @HandleRequest(rpc.getTask)
  getTask({ id }: Asked<'getTask'>, _context: MessageContext): Told<'getTask'> {
    return this.reading.getTask(id);
  }

  @HandleRequest(rpc.cancelTask)
  cancelTask({ actor, id }: Asked<'cancelTask'>, _context: MessageContext): Told<'cancelTask'> {
    return this.canceling.cancel(actor.username, id);
  }

  @HandleRequest(rpc.retryTask)
  retryTask(request: Asked<'retryTask'>, _context: MessageContext): Told<'retryTask'> {
    return this.retrying.retry(request);
  }

  @HandleRequest(rpc.cancelRun)
  cancelRun({ actor, id }: Asked<'cancelRun'>, _context: MessageContext): Told<'cancelRun'> {
    return this.canceling.cancelRun(actor.username, id);
  }

  @HandleRequest(rpc.listRuns)
  listRuns(query: Asked<'listRuns'>, _context: MessageContext): Told<'listRuns'> {
    return this.reading.listRuns(query);
  }

  @HandleRequest(rpc.getRun)
  getRun({ id }: Asked<'getRun'>, _context: MessageContext): Told<'getRun'> {
    return this.reading.getRun(id);
  }

  @HandleRequest(rpc.getLogs)
  getLogs({ runId, afterSeq }: Asked<'getLogs'>, _context: MessageContext): Told<'getLogs'> {
    return this.reading.getLogs(runId, afterSeq);
  }

  @HandleRequest(rpc.getTaskKeys)
  getTaskKeys(_request: Asked<'getTaskKeys'>, _context: MessageContext): Told<'getTaskKeys'> {
    return Promise.resolve(this.signer.publicKeys);
  }
}
