import { readFile, readdir } from 'node:fs/promises';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { RunCommand } from '@klevr/contracts/command';
import { newId } from '@klevr/contracts/ids';
import { eventually } from '@klevr/testing/eventually';
import { TestBed } from '@klevr/testing/test-bed';
import { AgentProcess } from '@klevr/agent-runtime/testing/agent-process.fixture';
import { FakeCentre } from '@klevr/agent-runtime/testing/fake-centre.fixture';
import { groupRuns } from '@klevr/agent-runtime/run/process-group';
import { TcpProxy } from './tcp-proxy.fixture.js';

const aloneSeconds = 3;

describe('an attempt that another agent may take over', () => {
  let bed: TestBed;
  let centre: FakeCentre;
  let proxy: TcpProxy;
  let agent: AgentProcess;
  let folder: string;

  beforeAll(async () => {
    bed = await TestBed.open();
    centre = await FakeCentre.open(bed);
    proxy = await TcpProxy.to(bed.natsUrl);
    centre.natsUrl = `nats://127.0.0.1:${proxy.port}`;
  }, 60_000);
  beforeEach(async () => {
    centre.aliveAnswer = 'stored';
    folder = `${bed.folder}/${newId('agent')}`;
    agent = await AgentProcess.start(centre, folder);
  }, 30_000);
  afterEach(async () => {
    agent.kill('SIGKILL');
    await agent.exited;
  }, 30_000);
  afterAll(async () => {
    proxy.close();
    centre.close();
    await bed.close();
  }, 30_000);

  const begin = async (changes: Partial<RunCommand> = {}): Promise<{ runId: string; pid: number }> => {
    const run = `trap '' TERM; echo $$ > ${folder}.pid; echo on; sleep 1000 & wait; sleep 1000`;
    const step = { name: 'it', run, env: {}, retries: 0 };
    const command = centre.runCommand(agent.id, { steps: [step], aloneSeconds, killGraceSeconds: 0.5, ...changes });
    await centre.run(command);
    await centre.until('it runs', () => centre.factsOf(command.runId).some(({ kind }) => kind === 'log'));
    return { runId: command.runId, pid: Number(await readFile(`${folder}.pid`, 'utf8').catch(() => '0')) };
  };
  const signsOf = (runId: string): number => centre.factsOf(runId).filter(({ lane }) => lane === 'alive').length;

  it('runs on for as long as its signs of life are answered', async () => {
    const { runId, pid } = await begin();
    await centre.until('many signs', () => signsOf(runId) >= 6, 20_000);
    expect(groupRuns(pid)).toBe(true);
    expect(centre.factsOf(runId).some(({ kind }) => kind === 'finished')).toBe(false);
  }, 60_000);

  it('is gone as a whole once the agent has been cut off for its time and the grace, and is told as lost when it is back', async () => {
    const { runId, pid } = await begin();
    await centre.until('a sign', () => signsOf(runId) > 0);
    const cutMs = performance.now();
    proxy.cut();
    await eventually('the end of all that it started', 20_000, () => (groupRuns(pid) ? undefined : true));
    const lastedSeconds = (performance.now() - cutMs) / 1000;
    expect(lastedSeconds).toBeLessThan(aloneSeconds + 0.5 + 1);
    expect(lastedSeconds).toBeGreaterThan(aloneSeconds / 2);
    proxy.mend();
    expect(await centre.finished(runId, 30_000)).toMatchObject({ status: 'lost', reason: { code: 'AGENT_ALONE' } });
  }, 60_000);

  it.each<['SIGSTOP' | 'SIGKILL', string]>([
    ['SIGSTOP', 'is frozen'],
    ['SIGKILL', 'is dead, and nobody starts it again'],
  ])(
    'is gone in time also where its agent (%s) %s',
    async (signal) => {
      const { runId, pid } = await begin();
      const begunMs = performance.now();
      agent.kill(signal);
      await eventually('the end of all that it started', 20_000, () => (groupRuns(pid) ? undefined : true));
      const lastedSeconds = (performance.now() - begunMs) / 1000;
      expect(lastedSeconds).toBeLessThan(aloneSeconds + 0.5 + 3);
      expect(lastedSeconds).toBeGreaterThan(aloneSeconds / 2);
      if (signal === 'SIGKILL') agent = await AgentProcess.start(centre, folder);
      else agent.kill('SIGCONT');
      expect(await centre.finished(runId, 30_000)).toMatchObject({ status: expect.stringMatching(/^(lost|failed)$/) });
    },
    60_000,
  );

  it('leaves no guard behind when it has ended', async () => {
    const { runId } = await begin({ aloneSeconds: 30, steps: [{ name: 'it', run: 'echo on; sleep 1', env: {}, retries: 0 }] });
    const guards = async (): Promise<number> => {
      const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
      const lines = await Promise.all(pids.map((one) => readFile(`/proc/${one}/cmdline`, 'utf8').catch(() => '')));
      return lines.filter((line) => line.includes('klevr-lease-guard') && line.includes(folder)).length;
    };
    expect(await guards()).toBe(1);
    await centre.finished(runId);
    await eventually('the end of the guard', 10_000, async () => ((await guards()) === 0 ? true : undefined));
    expect(await readdir(`${folder}/leases`)).toEqual([]);
  }, 60_000);

  it('is ended where nobody answers, although the connection is there; one without such a lease runs on', async () => {
    const leased = await begin();
    const other = await begin({ aloneSeconds: undefined } as unknown as Partial<RunCommand>);
    centre.aliveAnswer = undefined;
    expect(await centre.finished(leased.runId, 30_000)).toMatchObject({ status: 'lost', reason: { code: 'AGENT_ALONE' } });
    expect([groupRuns(leased.pid), groupRuns(other.pid)]).toEqual([false, true]);
    expect(signsOf(other.runId)).toBe(0);
  }, 60_000);

  it('is ended at once where it is another’s now', async () => {
    const { runId, pid } = await begin({ aloneSeconds: 20 });
    centre.aliveAnswer = 'refused';
    expect(await centre.finished(runId, 15_000)).toMatchObject({ status: 'canceled', reason: { code: 'AGENT_LOST' } });
    expect(groupRuns(pid)).toBe(false);
  }, 60_000);
});
