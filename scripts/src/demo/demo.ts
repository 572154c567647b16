import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Agent, CreateTask, Primary, Run } from '@klevr/client/generated/api';
import { KlevrClient } from '@klevr/client/klevr-client';
import { isTerminal } from '@klevr/contracts/task';
import { klevrHome, workspaceRoot } from '@klevr/launcher/klevr-home';
import { eventually } from '@klevr/testing/eventually';
import { CallbackReceiver } from './callback-receiver.js';
import { readRunningFile, type RunningSystem } from '@klevr/launcher/running-file';
import { Timeline } from './timeline.js';

/**
 * The main job on the running system: a real task on every agent with a verified callback, a primary killed, the task again, and tasks for a
 * frozen and a stopped agent. Exits with 1 if anything is not as said.
 */
const timeline = new Timeline();

const readRunning = (): Promise<RunningSystem> => readRunningFile(klevrHome(process.env));

const digestTask = (zone: string, receiver: CallbackReceiver): CreateTask => ({
  name: 'digest of the working tree',
  zone,
  target: { all: '' },
  steps: [
    { name: 'facts', use: 'CollectFacts' },
    {
      name: 'checksums',
      env: { TREE: workspaceRoot },
      run: [
        'cd "$TREE"',
        // What git knows; without git, or where it does not trust the folder's owner, every file that is no product of a build or a run.
        '{ git ls-files -z 2>/dev/null || find . \\( -name node_modules -o -name .git -o -name .nx -o -name dist -o -name ".klevr*" -o -name reports \\) -prune -o -type f -print0; } |',
        '  LC_ALL=C sort -z | xargs -0 sha256sum > "$KLEVR_OUTPUT"',
        'wc -l < "$KLEVR_OUTPUT"',
      ].join('\n'),
    },
    { name: 'reduce', run: 'sha256sum < "$KLEVR_PREVIOUS" | cut -c 1-64 > "$KLEVR_OUTPUT"' },
  ],
  timeoutSeconds: 120,
  callbacks: [{ url: receiver.url, on: ['conclusion'], secret: receiver.secret }],
});

const runEverywhere = async (klevr: KlevrClient, zone: string, receiver: CallbackReceiver, agents: number): Promise<string> => {
  const task = await klevr.post('/tasks', { body: digestTask(zone, receiver) });
  timeline.say(`task ${task.id} accepted for ${task.runs.total} agents: facts, checksums of the tree, one digest`);
  const { data } = await receiver.of(task.id, 120_000);
  timeline.check(data.task.status === 'succeeded', `callback received, its signature verified, the task ${data.task.status}`);
  const digests = data.runs.map((run) => run.output?.trim() ?? '');
  for (const run of data.runs) timeline.say(`  ${run.agentId ?? ''} ${run.output?.trim() ?? 'no output'}`);
  timeline.check(digests.length === agents && digests.every((digest) => /^[0-9a-f]{64}$/.test(digest)), `${agents} digests`);
  timeline.check(new Set(digests).size === 1, 'all digests of this task are equal');
  return digests[0] ?? '';
};

const pidOf = (system: RunningSystem, agentId: string): number => {
  const found = system.processes.find((one) => one.agentId === agentId);
  if (found === undefined) throw new Error(`running.json names no process of ${agentId}`);
  return found.pid;
};

const agentsOf = async (klevr: KlevrClient, zone: string, status: Agent['status']): Promise<Agent[]> => {
  const agents: Agent[] = [];
  for await (const agent of klevr.list('/agents', { params: { query: { zone, status } } })) agents.push(agent);
  return agents;
};

const runsOf = async (klevr: KlevrClient, task: string): Promise<Run[]> =>
  (await klevr.get('/tasks/{id}/runs', { params: { path: { id: task } } })).items;

const primaryOf = (klevr: KlevrClient, zone: string): Promise<Primary | null> =>
  klevr.get('/zones/{zone}/primary', { params: { path: { zone } } });

const onlineAgents = async (klevr: KlevrClient, zone: string, count: number): Promise<Agent[]> =>
  eventually(`${count} agents online`, 30_000, async () => {
    const online = await agentsOf(klevr, zone, 'online');
    return online.length >= count ? online : undefined;
  });

const killPrimary = async (klevr: KlevrClient, zone: string): Promise<void> => {
  const before = await primaryOf(klevr, zone);
  if (before === null) throw new Error('the zone has no primary');
  const pid = pidOf(await readRunning(), before.agentId);
  process.kill(pid, 'SIGKILL');
  timeline.say(`kill -9 of the primary ${before.agentId} (epoch ${before.epoch}, process ${pid})`);
  const term = await eventually('a new primary', 10_000, async () =>
    (await klevr.get('/zones/{zone}/primary/history', { params: { path: { zone } } })).items.find(
      (one) => one.epoch > before.epoch && one.gapMs !== null,
    ),
  );
  timeline.check(term.epoch > before.epoch, `new primary ${term.agentId}, epoch ${term.epoch}, the zone was ${term.gapMs} ms without one`);
};

/** A task for an agent that cannot take it now: seen waiting with its reason, then finished once after the agent is back. */
const waitAndReturn = async (klevr: KlevrClient, zone: string, agentId: string, how: string, giveBack: () => void): Promise<void> => {
  const folder = await mkdtemp(join(tmpdir(), 'klevr-demo-'));
  const witness = join(folder, 'witness');
  const step = { name: 'witness', env: { WITNESS: witness }, run: 'echo "$KLEVR_RUN_ID $KLEVR_ATTEMPT" >> "$WITNESS"' };
  const body = { name: `for a ${how} agent`, zone, target: { agent: agentId }, steps: [step] };
  const task = await klevr.post('/tasks', { body });
  const waiting = await eventually(`the task waits with a reason`, 30_000, async () => {
    const [run] = await runsOf(klevr, task.id);
    const sure = run?.reason?.code === 'AGENT_OFFLINE' || run?.reason?.code === 'AGENT_NOT_ANSWERING';
    return run !== undefined && !isTerminal(run.status) && sure ? run : undefined;
  });
  timeline.check(true, `${how} agent: the run is ${waiting.status}, because: ${waiting.reason?.code} — ${waiting.reason?.message}`);
  giveBack();
  const done: Run = await eventually('the run ends', 60_000, async () =>
    (await runsOf(klevr, task.id)).find((run) => isTerminal(run.status)),
  );
  const lines = (await readFile(witness, 'utf8').catch(() => '')).trim().split('\n');
  timeline.check(
    done.status === 'succeeded' && lines.length === 1,
    `${how} agent is back: the run ${done.status}, its step ran ${lines.length} time`,
  );
  await rm(folder, { recursive: true });
};

const demo = async (): Promise<void> => {
  const system = await readRunning();
  const { zone } = system;
  const klevr = new KlevrClient({ baseUrl: system.apiUrl });
  const password = process.env['KLEVR_PASSWORD'] ?? system.password;
  if (password === null) throw new Error(`the password of ${system.username} was changed: give it as KLEVR_PASSWORD`);
  await klevr.signIn(system.username, password);
  const receiver = await CallbackReceiver.start();
  try {
    const count = system.processes.filter((one) => one.agentId !== undefined).length;
    const agents = await onlineAgents(klevr, zone, count);
    timeline.say(`zone ${zone}: ${agents.length} agents online`);
    const first = await runEverywhere(klevr, zone, receiver, count);
    await killPrimary(klevr, zone);
    const second = await runEverywhere(klevr, zone, receiver, count);
    timeline.check(first === second, 'the digests are equal to the first');
    await onlineAgents(klevr, zone, count);
    const primary = await primaryOf(klevr, zone);
    const [frozen, stopped] = agents.map((agent) => agent.id).filter((id) => id !== primary?.agentId);
    if (frozen === undefined || stopped === undefined) throw new Error('the demo needs three agents');
    const frozenPid = pidOf(await readRunning(), frozen);
    process.kill(frozenPid, 'SIGSTOP');
    timeline.say(`SIGSTOP of ${frozen}`);
    try {
      await waitAndReturn(klevr, zone, frozen, 'frozen', () => process.kill(frozenPid, 'SIGCONT'));
    } finally {
      process.kill(frozenPid, 'SIGCONT');
    }
    process.kill(pidOf(await readRunning(), stopped), 'SIGTERM');
    timeline.say(`SIGTERM of ${stopped}: it leaves, and is started again after a second`);
    await eventually('the agent leaves', 10_000, async () =>
      (await klevr.get('/agents/{id}', { params: { path: { id: stopped } } })).status === 'online' ? undefined : true,
    );
    await waitAndReturn(klevr, zone, stopped, 'stopped', () => undefined);
    timeline.say('everything was as said');
  } finally {
    receiver.stop();
  }
};

demo().catch((error: unknown) => {
  timeline.say(`✗ ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 1;
});
