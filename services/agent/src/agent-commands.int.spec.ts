import { readFile, writeFile } from 'node:fs/promises';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { RunCommand } from '@klevr/contracts/command';
import type { Fact } from '@klevr/contracts/fact';
import { newId } from '@klevr/contracts/ids';
import { TestBed } from '@klevr/testing/test-bed';
import { AgentProcess } from '@klevr/agent-runtime/testing/agent-process.fixture';
import { FakeCentre } from '@klevr/agent-runtime/testing/fake-centre.fixture';
import { groupRuns } from '@klevr/agent-runtime/run/process-group';

const script = (run: string): RunCommand['steps'][number] => ({ name: 'work', run, env: {}, retries: 0 });
const use = (command: string, parameters: object = {}): RunCommand['steps'][number] => ({
  ...{ name: command, use: command, with: parameters as Record<string, unknown>, retries: 0 },
});

describe('an agent that is told by a task', () => {
  let bed: TestBed;
  let centre: FakeCentre;
  let agent: AgentProcess;
  let folder: string;

  beforeAll(async () => {
    bed = await TestBed.open();
    centre = await FakeCentre.open(bed);
  }, 60_000);
  beforeEach(async () => {
    centre.storing = true;
    folder = `${bed.folder}/${newId('agent')}`;
    agent = await AgentProcess.start(centre, folder);
  }, 30_000);
  afterEach(async () => {
    agent.kill('SIGKILL');
    await agent.exited;
  }, 30_000);
  afterAll(async () => {
    centre.close();
    await bed.close();
  }, 30_000);

  const start = async (...steps: RunCommand['steps']): Promise<RunCommand> => {
    const command = centre.runCommand(agent.id, { steps });
    expect(await centre.run(command)).toEqual({ outcome: 'accepted' });
    return command;
  };
  const working = async (text = 'echo on; sleep 1000', changes: Partial<RunCommand> = {}): Promise<RunCommand> => {
    const command = centre.runCommand(agent.id, { steps: [script(`echo $$ >> ${folder}.pid; ${text}`)], ...changes });
    await centre.run(command);
    await centre.until('it runs', () => centre.factsOf(command.runId).some(({ kind }) => kind === 'log'));
    return command;
  };
  const ends = (runId: string): Fact[] => centre.factsOf(runId).filter(({ kind }) => kind === 'finished');
  const groupsThatRun = async (): Promise<boolean[]> =>
    (await readFile(`${folder}.pid`, 'utf8'))
      .trim()
      .split('\n')
      .map((pid) => groupRuns(Number(pid)));

  it('stops another task in the middle of a step, without its recovery, and is told which', async () => {
    const other = await working('(trap "" TERM; sleep 1000) & echo on; sleep 1000', {
      recovery: [script(`touch ${folder}.recovered`)],
      killGraceSeconds: 0.2,
    });
    const stopper = await start(use('StopTask', { taskId: other.taskId }));
    expect(await centre.finished(stopper.runId)).toMatchObject({ status: 'succeeded', output: JSON.stringify({ stopped: [other.runId] }) });
    expect(await centre.finished(other.runId)).toMatchObject({ status: 'canceled', reason: { code: 'STOPPED_BY_TASK' } });
    expect(centre.factsOf(other.runId).some(({ kind }) => kind === 'recovering')).toBe(false);
    expect(await groupsThatRun()).toEqual([false]);
  }, 30_000);

  it('never stops the run that asks, and tells what runs besides it', async () => {
    const asking = centre.runCommand(agent.id);
    const steps = [use('StopTask', { runId: asking.runId }), use('GetAgentsRunningTasks')];
    const other = await working();
    await centre.run({ ...asking, steps });
    const end = await centre.finished(asking.runId);
    expect(end.status).toBe('succeeded');
    const { taskId, taskName, runId, attempt } = other;
    expect(JSON.parse(end.output ?? '')).toEqual([{ taskId, taskName, runId, attempt, step: 'work', startedAt: expect.any(String) }]);
    await start(use('StopTask', { taskId }));
    expect(await centre.finished(runId)).toMatchObject({ status: 'canceled' });
  }, 30_000);

  it('logs more until it is started again, and tells its last lines', async () => {
    const run = await start(use('ChangeLogLevel', { level: 'debug' }), use('CollectAgentLog', { lines: 10_000 }));
    const end = await centre.finished(run.runId);
    const kinds = centre.factsOf(run.runId).flatMap((fact) => (fact.kind === 'stepFinished' ? [fact.output] : []));
    expect(kinds[0]).toBe('{"previous":"info","level":"debug"}');
    expect(end.output).toContain('"msg":"ready"');
    expect(end.output).not.toMatch(/eyJ|join-me|-----BEGIN/);
  }, 30_000);

  it('shuts down in order: its own run is stored, other work may end, nothing new is taken, and it ends with 0 for good', async () => {
    const other = await working(`echo on; while [ ! -e ${folder}.go ]; do sleep 0.02; done`);
    const run = await start(use('GracefulShutdownAgent', { waitSeconds: 60 }));
    expect(await centre.finished(run.runId)).toMatchObject({ status: 'succeeded' });
    await centre.until('it says goodbye', () => centre.goodbyes.includes(agent.id));
    expect(await centre.run(centre.runCommand(agent.id))).toMatchObject({ outcome: 'refused', code: 'WRONG_SESSION' });
    expect(ends(other.runId)).toEqual([]);
    await writeFile(`${folder}.go`, '');
    expect(await agent.exited).toBe(0);
    expect(ends(other.runId)).toMatchObject([{ status: 'succeeded' }]);
    expect(ends(run.runId)).toHaveLength(1);
    expect(agent.errors).toBe('klevr-agent: ended for good: shut down by a task\n');
  }, 30_000);

  it('ends what has not ended in its time, and what is canceled meanwhile', async () => {
    const [late, canceled] = [await working(), await working()];
    await start(use('GracefulShutdownAgent', { waitSeconds: 2 }));
    await centre.until('it says goodbye', () => centre.goodbyes.includes(agent.id));
    const cancel = { ...canceled, verb: 'cancel' as const, reason: 'enough' };
    expect(await centre.send(agent.id, 'cancel', await centre.sign(cancel))).toEqual({ outcome: 'accepted' });
    expect(await agent.exited).toBe(0);
    expect(ends(late.runId)).toMatchObject([{ status: 'lost', reason: { code: 'AGENT_STOPPED' } }]);
    expect(ends(canceled.runId)).toMatchObject([{ status: 'canceled', reason: { message: 'enough' } }]);
    expect(await groupsThatRun()).toEqual([false, false]);
  }, 30_000);

  it('is forced to shut down: what runs is ended and reported, its own run has succeeded', async () => {
    const other = await working('echo on; sleep 1000', { timeoutSeconds: null });
    const startedMs = performance.now();
    const run = await start(use('ForceShutdownAgent'));
    expect(await agent.exited).toBe(0);
    expect(performance.now() - startedMs).toBeLessThan(4_000);
    expect(ends(run.runId)).toMatchObject([{ status: 'succeeded' }]);
    expect(ends(other.runId)).toMatchObject([
      {
        status: 'lost',
        reason: { code: 'AGENT_STOPPED', message: expect.stringContaining('needs the execution `atLeastOnce`, or `resumable`') },
      },
    ]);
    expect(await groupsThatRun()).toEqual([false]);
    expect(centre.goodbyes).toContain(agent.id);
  }, 30_000);

  it('restarts with a code that every supervisor takes as one to start again, its own run stored once', async () => {
    const run = await start(use('RestartAgent', { waitSeconds: 1 }));
    expect(await agent.exited).toBe(75);
    expect(agent.errors).toBe('');
    agent = await AgentProcess.start(centre, folder);
    await centre.finished((await centre.ran(agent.id)).runId);
    expect(ends(run.runId)).toMatchObject([{ status: 'succeeded' }]);
  }, 30_000);

  it('tells of the restart that it was told to make afterwards, where nobody stored it before', async () => {
    centre.storing = false;
    const run = await start(use('RestartAgent', { waitSeconds: 0 }));
    expect(await agent.exited).toBe(75);
    centre.storing = true;
    agent = await AgentProcess.start(centre, folder);
    expect(await centre.finished(run.runId)).toMatchObject({ status: 'succeeded' });
    expect(ends(run.runId)).toHaveLength(1);
  }, 60_000);
});
