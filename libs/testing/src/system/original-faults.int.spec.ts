import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Agent } from '@klevr/contracts/agent';
import { callbackFilters } from '@klevr/contracts/callback';
import { type Run, type RunStatus, type Task, isTerminal, runStatuses } from '@klevr/contracts/task';
import { createConnection } from 'mysql2/promise';
import { eventually } from '../eventually.js';
import { processRuns } from './process-state.fixture.js';
import { type SystemBed, openSystemBed } from './system-bed.fixture.js';

/**
 * What the system that Klevr follows does badly, and a test each that it is not so here. Not here but beside what they are about:
 * a primary that hangs or is cut off (fencing, netns, failover), time zones and missed times (due times of the scheduler, schedules), identity after a restart (joining
 * agents), no access without a session (routes of the gateway), callbacks without retry (callbacks and webhooks of the task-manager), paging and retention.
 */
describe('faults of the original that are not ours', () => {
  let open: SystemBed;
  let agents: Agent[];
  let zone: string;

  beforeAll(async () => {
    open = await openSystemBed({ zoneSettings: { heartbeatSeconds: 1, lostAfterSeconds: 2 } });
    zone = open.system.zone;
    agents = await open.system.api.agents(zone);
  }, 90_000);
  afterAll(() => open.close(), 60_000);

  const create = (task: object): Promise<Task> =>
    open.system.api.createTask({
      name: 'original',
      zone,
      target: { agent: agents[0]?.id },
      steps: [{ name: 'only', run: 'true' }],
      ...task,
    });
  const runOf = async (id: string): Promise<Run> => {
    const [run] = await open.system.api.runs(id);
    if (run === undefined) throw new Error(`${id} has no run`);
    return run;
  };
  const ended = async (task: object): Promise<Run> => {
    const { id } = await create(task);
    await open.system.api.taskEnd(id);
    return runOf(id);
  };
  const started = async (task: object): Promise<{ id: string; run: Run }> => {
    const { id } = await create(task);
    const run = await eventually('the start of the run', 10_000, async () => {
      const found = await runOf(id);
      return found.startedAt === null ? undefined : found;
    });
    return { id, run };
  };
  const logsOf = async (runId: string): Promise<string> => (await open.system.api.raw('GET', `/runs/${runId}/logs`)).text();

  it('recovers after whichever step fails: the first, one in the middle, the last', async () => {
    for (const failing of [0, 1, 2]) {
      const steps = [0, 1, 2].map((index) => ({ name: `step ${index}`, run: index === failing ? 'exit 3' : 'true' }));
      const run = await ended({ steps, recovery: [{ name: 'undo', run: 'echo "undoing $KLEVR_FAILED_STEP"' }] });
      expect(run).toMatchObject({ status: 'failed', exitCode: 3 });
      expect(await logsOf(run.id)).toBe(`undoing step ${failing}\n`);
    }
  });

  it('recovers from a step that was lost with its agent, and runs no step again', async () => {
    const victim = agents[1]?.id ?? '';
    const steps = [
      { name: 'first', run: 'echo "first of $KLEVR_ATTEMPT"' },
      { name: 'second', run: 'echo "second of $KLEVR_ATTEMPT"; sleep 60' },
    ];
    const recovery = [{ name: 'undo', run: 'echo "undoing $KLEVR_FAILED_STEP after $KLEVR_FAILED_REASON"' }];
    const { id, run } = await started({ target: { agent: victim }, steps, recovery });
    await eventually('the second step', 10_000, async () => ((await logsOf(run.id)).includes('second of 1') ? true : undefined));
    await open.system.killAndStartAgain(await open.system.nameOf(victim));
    await open.system.api.taskEnd(id);
    expect(await runOf(id)).toMatchObject({
      status: 'failed',
      reason: { code: 'AGENT_CRASHED' },
      attempts: [{ outcome: 'lost' }, { outcome: 'failed' }],
      steps: [
        { name: 'first', outcome: 'succeeded', attempt: 1 },
        { name: 'second', outcome: 'lost', attempt: 1 },
        { name: 'undo', phase: 'recovery', outcome: 'succeeded', attempt: 2 },
      ],
    });
    expect(await logsOf(run.id)).toBe('first of 1\nsecond of 1\nundoing second after AGENT_CRASHED\n');
  }, 30_000);

  it('ends the child and its children at a time-out, and in the middle of a step when the task is canceled', async () => {
    const forks = 'sleep 600 & echo $! > "$KLEVR_OUTPUT"; sleep 600 & wait';
    const timedOut = await ended({ timeoutSeconds: 1, steps: [{ name: 'long', run: forks }] });
    expect(timedOut.status).toBe('timed_out');
    const { id } = await started({ steps: [{ name: 'long', run: forks }] });
    await open.system.api.post(`/tasks/${id}/cancel`, {});
    await open.system.api.taskEnd(id);
    const canceled = await runOf(id);
    expect(canceled).toMatchObject({ status: 'canceled', steps: [{ signal: 'SIGTERM' }] });
    for (const { steps } of [timedOut, canceled]) {
      expect(steps[0]?.output).toMatch(/^\d+\n$/);
      expect(processRuns(Number(steps[0]?.output))).toBe(false);
    }
  });

  it('gives each of its time-outs to a step as well', async () => {
    const run = await ended({
      steps: [
        { name: 'fast', run: 'true' },
        { name: 'slow', run: 'sleep 60', timeoutSeconds: 0.5 },
      ],
    });
    expect(run).toMatchObject({
      status: 'timed_out',
      reason: { code: 'STEP_TIMED_OUT' },
      steps: [{ outcome: 'succeeded' }, { outcome: 'timed_out' }],
    });
  });

  it('takes a secret of any length and content as it is, and puts none into a script', async () => {
    const value = `"'$(reboot)\`id\`\\ {{OTHER}} ${'x'.repeat(4_000)}`;
    await open.system.api.post(`/zones/${zone}/credentials`, { name: 'SECRET', value });
    const run = await ended({
      credentials: ['SECRET'],
      parameters: { text: '{{SECRET}} $(id)' },
      steps: [
        { name: 'count', run: 'printf %s "$SECRET" | wc -c; cat "$KLEVR_PARAMETERS"; echo; printf %s "$SECRET"' },
        { name: 'text', run: 'echo {{SECRET}} is text' },
      ],
    });
    expect(run.status).toBe('succeeded');
    expect(await logsOf(run.id)).toBe(`${value.length}\n{"text":"{{SECRET}} $(id)"}\n***{{SECRET}} is text\n`);
  });

  it('keeps what every run wrote, on both streams, and not of the last alone', async () => {
    const task = { steps: [{ name: 'write', run: 'echo "out of $KLEVR_RUN_ID"; echo "err of $KLEVR_RUN_ID" >&2' }] };
    const runs = [await ended(task), await ended(task)];
    for (const { id } of runs) expect((await logsOf(id)).split('\n').toSorted()).toEqual(['', `err of ${id}`, `out of ${id}`]);
  });

  it('stores every filter of a callback', async () => {
    const task = await create({ callbacks: [{ url: 'http://127.0.0.1:9/hook', on: callbackFilters }] });
    expect((await open.system.api.get<Task>(`/tasks/${task.id}`)).callbacks[0]?.on).toEqual(callbackFilters);
    await open.system.api.taskEnd(task.id);
  });

  it('tells every secondary who leads', async () => {
    const primary = await open.system.api.primary(zone);
    for (const { id, beaconUrl } of agents.filter((agent) => agent.id !== primary?.agentId)) {
      const told = await eventually(`what ${id} knows`, 10_000, async () => {
        const status = (await (await fetch(`${beaconUrl}/status`)).json()) as { primary?: { agentId?: string } };
        return status.primary?.agentId === primary?.agentId ? status : undefined;
      });
      expect(told).toBeDefined();
    }
  });

  it('asks the database next to nothing while nothing happens', async () => {
    const database = await createConnection(open.bed.databaseUrl);
    try {
      const asked = async (): Promise<number> => {
        const [rows] = await database.query(`SHOW GLOBAL STATUS LIKE 'Com_select'`);
        return Number((rows as { Value: string }[])[0]?.Value);
      };
      // The original: 4 × (3 + 9) a second for as many zones and agents, whether anything happens or not. Other tests share the server, and what
      // they ask counts too: a second that they leave quiet shows what this system asks by itself.
      const quiet = await eventually('a second with fewer than 30 questions', 120_000, async () => {
        const before = await asked();
        await new Promise((resolve) => setTimeout(resolve, 1_000));
        const questions = (await asked()) - before;
        return questions < 30 ? questions : undefined;
      });
      expect(quiet).toBeLessThan(30);
    } finally {
      await database.end();
    }
  }, 150_000);

  it('reaches every status that it knows', async () => {
    const seen = new Set<RunStatus>();
    const watch = async (id: string): Promise<void> => {
      await eventually('the end of a task', 60_000, async () => {
        const run = await runOf(id);
        seen.add(run.status);
        return isTerminal(run.status) ? true : undefined;
      });
    };
    const soon = new Date(Date.now() + 1_000).toISOString();
    const slow = { steps: [{ name: 'slow', run: 'sleep 0.5' }] };
    const failing = { steps: [{ name: 'bad', run: 'exit 1' }] };
    const drained = agents[2]?.id ?? '';
    await open.system.api.tellAgent(drained, 'drain');
    const tasks = [
      await create({ schedule: { at: soon } }),
      await create(slow),
      await create({ ...failing, recovery: [{ name: 'undo', run: 'sleep 0.5' }] }),
      await create({ ...failing, recovery: [{ name: 'undo', run: 'exit 2' }] }),
      await create({ timeoutSeconds: 0.3, steps: [{ name: 'slow', run: 'sleep 60' }] }),
      await create({ target: { agent: drained }, deadline: new Date(Date.now() + 2_000).toISOString() }),
    ];
    await Promise.all(tasks.map(({ id }) => watch(id)));
    const canceled = await started({ steps: [{ name: 'slow', run: 'sleep 60' }] });
    await open.system.api.post(`/tasks/${canceled.id}/cancel`, {});
    await watch(canceled.id);
    // Frozen, it has what was sent and says nothing of it; then it is gone in the middle of a run.
    const victim = await open.system.nameOf(agents[1]?.id ?? '');
    const lost = await started({ target: { agent: agents[1]?.id }, steps: [{ name: 'slow', run: 'sleep 60' }] });
    await open.system.signal(victim, 'SIGSTOP');
    const sent = await create({ target: { agent: agents[1]?.id }, deadline: new Date(Date.now() + 4_000).toISOString() });
    await eventually('a run that was sent', 10_000, async () => {
      seen.add((await runOf(sent.id)).status);
      return seen.has('dispatched') ? true : undefined;
    });
    await open.system.signal(victim, 'SIGKILL');
    await open.system.startAgain(victim);
    await watch(lost.id);
    await watch(sent.id);
    await open.system.api.tellAgent(drained, 'undrain');
    expect([...seen].toSorted()).toEqual([...runStatuses].toSorted());
  }, 120_000);
});
