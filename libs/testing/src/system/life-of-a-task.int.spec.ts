import { readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Run, Task } from '@klevr/contracts/task';
import { Webhook } from 'standardwebhooks';
import { eventually } from '../eventually.js';
import { CallbackReceiver } from './callback-receiver.fixture.js';
import { type SystemBed, openSystemBed } from './system-bed.fixture.js';
import { Witness } from './witness.fixture.js';

/** Of all processes of this machine, those that fit. */
const commandLines = async (pattern: RegExp): Promise<string[]> => {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const lines = await Promise.all(pids.map((pid) => readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')));
  return lines.map((line) => line.replaceAll('\0', ' ').trim()).filter((line) => pattern.test(line));
};

describe('a task', () => {
  let open: SystemBed;
  let witness: Witness;
  let agentId: string;
  let agentName: string;

  beforeAll(async () => {
    open = await openSystemBed({ agents: 3 });
    const { api, zone } = open.system;
    witness = new Witness(join(open.bed.folder, 'witness'));
    const agent = (await api.agents(zone)).find(({ isPrimary }) => !isPrimary);
    agentId = agent?.id ?? '';
    agentName = await open.system.nameOf(agentId);
  }, 90_000);
  afterAll(() => open.close(), 90_000);

  const create = (task: object): Promise<Task> =>
    open.system.api.createTask({ name: 'life', zone: open.system.zone, target: { agent: agentId }, ...task });
  const step = (run: string, more: object = {}): object => ({ name: 'step', run, ...more });
  const onlyRun = async (taskId: string): Promise<Run> => {
    const [run] = await open.system.api.runs(taskId);
    if (run === undefined) throw new Error(`${taskId} has no run`);
    return run;
  };
  const runIn = (taskId: string, what: string, fits: (run: Run) => boolean, timeoutMs = 15_000): Promise<Run> =>
    eventually(`the run of ${taskId} ${what}`, timeoutMs, async () => {
      const run = await onlyRun(taskId);
      return fits(run) ? run : undefined;
    });
  const linesOf = async (run: Run): Promise<number> => (await witness.counts()).get(run.id) ?? 0;

  it('runs its steps in order on every agent and gives each the output of the last', async () => {
    const steps = [
      { name: 'count', run: 'echo 41 > "$KLEVR_OUTPUT"' },
      { name: 'add', run: 'echo $(($(cat "$KLEVR_PREVIOUS") + 1)) > "$KLEVR_OUTPUT"; echo said' },
    ];
    const task = await create({ target: { all: '' }, steps });
    expect((await open.system.api.taskEnd(task.id)).status).toBe('succeeded');
    const runs = await open.system.api.runs(task.id);
    expect(runs.map(({ output, exitCode }) => [output?.trim(), exitCode])).toEqual([1, 2, 3].map(() => ['42', 0]));
    expect(new Set(runs.map((run) => run.agentId)).size).toBe(3);
    for (const { id } of runs) {
      const log = await eventually(`the log of ${id}`, 5_000, async () => {
        const text = await (await open.system.api.raw('GET', `/runs/${id}/logs`)).text();
        return text === '' ? undefined : text;
      });
      expect(log).toContain('said');
    }
  }, 30_000);

  it('is canceled while it runs, with everything that it started', async () => {
    const task = await create({ steps: [step(`${witness.script()} trap '' TERM; (sleep 30.125; ${witness.script()}) & sleep 30.125`)] });
    const running = await runIn(task.id, 'to run', (run) => run.status === 'running');
    await eventually('its line', 5_000, async () => ((await linesOf(running)) === 1 ? true : undefined));
    await eventually('its children', 5_000, async () => ((await commandLines(/^sleep 30\.125$/)).length === 2 ? true : undefined));
    expect((await open.system.api.raw('POST', `/tasks/${task.id}/cancel`, {})).status).toBe(202);
    const ended = await open.system.api.taskEnd(task.id);
    expect(ended).toMatchObject({ status: 'canceled', reason: { code: 'CANCELED_BY_USER' } });
    expect(await commandLines(/^sleep 30\.125$/)).toEqual([]);
    expect(await linesOf(running)).toBe(1);
  }, 60_000);

  it('is timed out when a step takes longer than it may', async () => {
    const task = await create({ steps: [step(`${witness.script()} sleep 30`, { timeoutSeconds: 0.5 })] });
    expect((await open.system.api.taskEnd(task.id)).status).toBe('timed_out');
    expect(await onlyRun(task.id)).toMatchObject({ status: 'timed_out', reason: { code: 'STEP_TIMED_OUT' } });
  }, 30_000);

  it('is timed out when it as a whole takes longer than it may', async () => {
    const task = await create({ steps: [step('sleep 30')], timeoutSeconds: 0.5 });
    expect(await open.system.api.taskEnd(task.id)).toMatchObject({ status: 'timed_out' });
    expect((await onlyRun(task.id)).reason?.code).toBe('RUN_TIMED_OUT');
  }, 30_000);

  it('fails with its exit code, after its recovery', async () => {
    const task = await create({ steps: [step('exit 7')], recovery: [step(witness.script())] });
    expect((await open.system.api.taskEnd(task.id)).status).toBe('failed');
    const run = await onlyRun(task.id);
    expect(run).toMatchObject({ status: 'failed', exitCode: 7, reason: { code: 'STEP_FAILED' } });
    expect(await linesOf(run)).toBe(1);
  }, 30_000);

  it('tells its end by one callback with a valid signature, again until it is taken', async () => {
    const receiver = await CallbackReceiver.start([500]);
    const task = await create({ steps: [step('echo done > "$KLEVR_OUTPUT"')], callbacks: [{ url: receiver.url }] });
    const secret = task.callbacks[0]?.secret ?? '';
    expect(secret).toMatch(/^whsec_/);
    await eventually('the second delivery', 30_000, () => (receiver.received.length >= 2 ? true : undefined));
    receiver.stop();
    const webhook = new Webhook(secret);
    for (const { text, headers } of receiver.received) webhook.verify(text, headers as Record<string, string>);
    expect(new Set(receiver.received.map(({ headers }) => headers['webhook-id'])).size).toBe(1);
    const body = JSON.parse(receiver.received[1]?.text ?? '') as { data: { task: Task; runs: Run[] } };
    expect(body.data.task).toMatchObject({ id: task.id, status: 'succeeded' });
    expect(body.data.runs.map(({ output }) => output?.trim())).toEqual(['done']);
    expect(JSON.stringify(await open.system.api.get(`/tasks/${task.id}`))).not.toContain(secret);
  }, 60_000);

  it('waits for an agent that is frozen, says so, and runs once when it thaws', async () => {
    await open.system.signal(agentName, 'SIGSTOP');
    const task = await create({ steps: [step(witness.script())] });
    const waiting = await runIn(task.id, 'to wait for its agent', (run) => run.reason?.code === 'AGENT_OFFLINE');
    expect(['queued', 'dispatched']).toContain(waiting.status);
    await open.system.signal(agentName, 'SIGCONT');
    expect((await open.system.api.taskEnd(task.id)).status).toBe('succeeded');
    expect(await linesOf(waiting)).toBe(1);
  }, 60_000);

  it('waits for an agent that is stopped, says since when, and runs once when it is back', async () => {
    await open.system.stopOne(agentName);
    const task = await create({ steps: [step(witness.script())] });
    const waiting = await runIn(task.id, 'to wait for its agent', (run) => run.reason?.code === 'AGENT_OFFLINE');
    expect(waiting).toMatchObject({ status: 'queued', reason: { message: expect.stringContaining('agent offline since') } });
    await open.system.startAgain(agentName);
    expect((await open.system.api.taskEnd(task.id)).status).toBe('succeeded');
    expect(await linesOf(waiting)).toBe(1);
  }, 60_000);

  it('is timed out at its deadline while its agent is away, and never runs', async () => {
    await open.system.stopOne(agentName);
    const deadline = new Date(Date.now() + 1_500).toISOString();
    const task = await create({ steps: [step(witness.script())], deadline });
    expect(await open.system.api.taskEnd(task.id)).toMatchObject({ status: 'timed_out', reason: { code: 'DEADLINE_PASSED' } });
    const next = await create({ steps: [step(witness.script())] });
    await open.system.startAgain(agentName);
    expect((await open.system.api.taskEnd(next.id)).status).toBe('succeeded');
    expect(await linesOf(await onlyRun(task.id))).toBe(0);
  }, 60_000);

  it('that is canceled while its agent is away never runs', async () => {
    await open.system.stopOne(agentName);
    const task = await create({ steps: [step(witness.script())] });
    await open.system.api.raw('POST', `/tasks/${task.id}/cancel`, {});
    expect((await open.system.api.taskEnd(task.id)).status).toBe('canceled');
    const next = await create({ steps: [step(witness.script())] });
    await open.system.startAgain(agentName);
    expect((await open.system.api.taskEnd(next.id)).status).toBe('succeeded');
    expect(await linesOf(await onlyRun(task.id))).toBe(0);
  }, 60_000);
});
