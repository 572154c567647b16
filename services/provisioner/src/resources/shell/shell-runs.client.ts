import type { RequestInput } from '@klevr/contracts/contract';
import { AppError } from '@klevr/contracts/errors';
import { schedulerRpc } from '@klevr/contracts/scheduler-contracts';
import { isTerminal, type Run, type Task } from '@klevr/contracts/task';
import { taskManagerRpc } from '@klevr/contracts/task-manager-contracts';
import { Bus } from '@klevr/messaging/bus';
import { call } from '@klevr/messaging/call';
import { Injectable } from '@nestjs/common';
import type { HostRun } from './shell-outcome.js';

const mostRuns = 1_000;
const atOnce = 20;
const tailBytes = 2_000;
/** An answer has about 1 MiB, which is what a task of an operation may write. */
const mostLogPages = 4;

/** The runs of an operation's scripts, and the hosts that they ran on. Throws the errors of those that are asked, and UNAVAILABLE where they are away. */
@Injectable()
export class ShellRunsClient {
  constructor(private readonly bus: Bus) {}

  create(request: RequestInput<typeof taskManagerRpc.createTask>): Promise<Task> {
    return call(this.bus, taskManagerRpc.createTask, request);
  }

  /** None where its task is no longer kept. */
  async list(taskId: string): Promise<Run[]> {
    const runs: Run[] = [];
    for (let cursor: string | undefined; runs.length < mostRuns;) {
      const page = { taskId, limit: 200, ...(cursor === undefined ? {} : { cursor }) };
      const found = await known(call(this.bus, taskManagerRpc.listRuns, page));
      runs.push(...(found?.items ?? []));
      if (found === undefined || found.nextCursor === null) break;
      cursor = found.nextCursor;
    }
    return runs;
  }

  /** With what their scripts wrote to KLEVR_OUTPUT, in the order of the hosts' names. */
  async withOutputs(runs: readonly Run[]): Promise<(HostRun & { readonly run: Run })[]> {
    const whole: (HostRun & { readonly run: Run })[] = [];
    for (let from = 0; from < runs.length; from += atOnce) {
      const some = runs.slice(from, from + atOnce).map(async ({ id, agentId }) => {
        const [run, host] = await Promise.all([call(this.bus, taskManagerRpc.getRun, { id }), this.hostname(agentId)]);
        return { run, host };
      });
      whole.push(...(await Promise.all(some)));
    }
    return distinct(whole).toSorted((one, other) => (one.host < other.host ? -1 : 1));
  }

  /** The last lines that the first of them that failed has written. */
  async lastWords(runs: readonly HostRun[]): Promise<string | undefined> {
    const failed = runs.find(({ run }) => isTerminal(run.status) && run.status !== 'succeeded' && run.status !== 'canceled');
    const id = (failed?.run as Run | undefined)?.id;
    if (failed === undefined || id === undefined) return undefined;
    let tail = Buffer.alloc(0);
    for (let [page, afterSeq] = [0, 0 as number | null]; afterSeq !== null && page < mostLogPages; page++) {
      const logs = await call(this.bus, taskManagerRpc.getLogs, { runId: id, afterSeq });
      tail = Buffer.concat([tail, ...logs.chunks.map(({ data }) => Buffer.from(data, 'base64'))]).subarray(-tailBytes);
      afterSeq = logs.nextSeq;
    }
    const said = tail.toString('utf8').replaceAll('\uFFFD', '').trim();
    const why = failed.run.reason?.message ?? `it is ${failed.run.status}`;
    return `${failed.host}: ${why}${said === '' ? '' : `\n${said}`}`;
  }

  private async hostname(agentId: string | null): Promise<string> {
    if (agentId === null) return 'nobody';
    const agent = await known(call(this.bus, schedulerRpc.getAgent, { id: agentId }));
    return agent?.facts.hostname ?? agentId;
  }
}

/** Hosts of one name are told apart by their agents. */
const distinct = <T extends { host: string; run: Run }>(runs: readonly T[]): T[] =>
  runs.map((of) => (runs.some((other) => other !== of && other.host === of.host) ? { ...of, host: `${of.host}.${of.run.agentId}` } : of));

const known = async <T>(asked: Promise<T>): Promise<T | undefined> => {
  try {
    return await asked;
  } catch (error) {
    if (error instanceof AppError && error.code === 'NOT_FOUND') return undefined;
    throw error;
  }
};
