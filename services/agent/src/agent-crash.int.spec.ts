import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { RunCommand } from '@klevr/contracts/command';
import { newId } from '@klevr/contracts/ids';
import { eventually } from '@klevr/testing/eventually';
import { TestBed } from '@klevr/testing/test-bed';
import { AgentProcess } from '@klevr/agent-runtime/testing/agent-process.fixture';
import { FakeCentre } from '@klevr/agent-runtime/testing/fake-centre.fixture';
import { groupRuns } from '@klevr/agent-runtime/run/process-group';

const script = (run: string): RunCommand['steps'][number] => ({ name: 'it', run, env: {}, retries: 0 });

describe('an agent that ends', () => {
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

  const crash = async (): Promise<void> => {
    agent.kill('SIGKILL');
    await agent.exited;
  };
  const again = async (): Promise<void> => {
    agent = await AgentProcess.start(centre, folder);
  };
  const ends = (runId: string): unknown[] => centre.factsOf(runId).filter(({ kind }) => kind === 'finished');

  it('by a crash takes the process with it that begins its scripts', async () => {
    let spawner = agent.pid;
    while (spawner === agent.pid) {
      const command = centre.runCommand(agent.id, { steps: [script(`echo $PPID > ${folder}.ppid`)] });
      await centre.run(command);
      await centre.until('it ended', () => ends(command.runId).length > 0);
      spawner = Number(await readFile(`${folder}.ppid`, 'utf8'));
    }
    expect(groupRuns(spawner)).toBe(true);
    await crash();
    await eventually('its spawner is gone', 5_000, () => !groupRuns(spawner) || undefined);
    await again();
  });

  it('by a crash in the middle of a step: the step ends with it, the run is lost once and never starts again', async () => {
    const command = centre.runCommand(agent.id, {
      steps: [script(`echo $$ >> ${folder}.pid; echo on; (trap '' TERM; sleep 1000) & sleep 1000`)],
    });
    await centre.run(command);
    await centre.until('it runs', () => centre.factsOf(command.runId).some(({ kind }) => kind === 'log'));
    const pid = Number(await readFile(`${folder}.pid`, 'utf8'));
    await crash();
    expect(groupRuns(pid)).toBe(true);
    const session = centre.sessions.get(agent.id);
    await again();
    expect(groupRuns(pid)).toBe(false);
    expect(centre.sessions.get(agent.id)).not.toBe(session);
    expect(await centre.finished(command.runId)).toMatchObject({ status: 'lost', reason: { code: 'AGENT_CRASHED' } });
    expect(await centre.run(command)).toMatchObject({ outcome: 'duplicate' });
    expect(await centre.run(centre.runCommand(agent.id, { runId: command.runId }))).toMatchObject({ outcome: 'duplicate' });
    await crash();
    await again();
    await centre.finished((await centre.ran(agent.id)).runId);
    expect(ends(command.runId)).toHaveLength(1);
  }, 60_000);

  it('by a crash with results that nobody has stored: they come after the restart, each once', async () => {
    centre.storing = false;
    const commands = Array.from({ length: 50 }, () => centre.runCommand(agent.id));
    await Promise.all(commands.map((command) => centre.run(command)));
    const long = centre.runCommand(agent.id, { steps: [script('printf result > "$KLEVR_OUTPUT"; echo said')] });
    await centre.run(long);
    await agent.hasWritten('finished', 51);
    await crash();
    centre.storing = true;
    await again();
    for (const { runId } of [...commands, long]) await centre.finished(runId);
    for (const { runId } of commands) expect(ends(runId)).toMatchObject([{ status: 'succeeded' }]);
    expect(ends(long.runId)).toMatchObject([{ status: 'succeeded', output: 'result' }]);
    await centre.until('the output came as well', () => centre.factsOf(long.runId).some(({ kind }) => kind === 'log'));
  }, 60_000);

  it('by crashes in the middle of much work: no attempt runs twice, each that was accepted has one end', async () => {
    const accepted: string[] = [];
    for (let round = 0; round < 4; round += 1) {
      const commands = Array.from({ length: 40 }, () => {
        const runId = newId('run');
        return centre.runCommand(agent.id, { runId, steps: [script(`echo ${runId} >> ${folder}.ran`)] });
      });
      const replies = commands.map(async (command) => {
        const reply = await centre.run(command).catch(() => undefined);
        if (reply?.outcome === 'accepted') accepted.push(command.runId);
      });
      await centre.until('some have ended', () => commands.some(({ runId }) => ends(runId).length > 0));
      await crash();
      await Promise.all(replies);
      await again();
    }
    for (const runId of accepted) await centre.finished(runId);
    for (const runId of accepted) expect(ends(runId)).toHaveLength(1);
    const ran = (await readFile(`${folder}.ran`, 'utf8')).trim().split('\n');
    expect(new Set(ran).size).toBe(ran.length);
    const told = new Set(ran.filter((runId) => ends(runId).length === 1));
    expect(told.size).toBe(ran.length);
  }, 120_000);

  it('tells by another journal id that what it knew is gone', async () => {
    const journalId = centre.hellos.at(-1)?.journalId;
    await crash();
    await again();
    expect(centre.hellos.at(-1)).toMatchObject({ journalId, session: null });
    await crash();
    await rm(`${folder}/journal`);
    await again();
    expect(centre.hellos.at(-1)?.journalId).not.toBe(journalId);
  }, 60_000);

  it('by SIGTERM says goodbye, lets short work end, ends long work as lost, and has everything stored', async () => {
    const [short, long] = [script('sleep 0.3'), script('echo on; sleep 1000')].map((step) =>
      centre.runCommand(agent.id, { steps: [step] }),
    );
    if (short === undefined || long === undefined) throw new Error('no commands');
    await Promise.all([centre.run(short), centre.run(long)]);
    await centre.until('both run', () =>
      [short, long].every(({ runId }) => centre.factsOf(runId).some(({ kind }) => kind === 'stepStarted')),
    );
    const startedMs = performance.now();
    expect(await agent.stop()).toBe(0);
    expect(performance.now() - startedMs).toBeLessThan(9_000);
    expect(centre.goodbyes).toContain(agent.id);
    expect(ends(short.runId)).toMatchObject([{ status: 'succeeded' }]);
    expect(ends(long.runId)).toMatchObject([{ status: 'lost', reason: { code: 'AGENT_STOPPED' } }]);
  }, 30_000);
});

describe('an agent that cannot begin', () => {
  it('leaves the folder of another alone', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'klevr-agent-'));
    // Nobody listens there, so the first of them waits to be enrolled.
    const gateway = { url: 'http://127.0.0.1:9' };
    const first = AgentProcess.spawn(gateway, folder);
    await first.line('enrolment is tried again');
    const second = AgentProcess.spawn(gateway, folder);
    expect(await second.exited).toBe(1);
    expect(second.errors).toContain(`another agent is running with the state folder ${folder}`);
    expect(await first.stop()).toBe(0);
    await rm(folder, { recursive: true });
  }, 30_000);

  it('says why it was not let in', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'klevr-agent-'));
    const gateway = createServer((_, response) => response.writeHead(401).end(JSON.stringify({ title: 'The join token is used up' })));
    await new Promise<void>((resolve) => gateway.listen(0, '127.0.0.1', resolve));
    const agent = AgentProcess.spawn({ url: `http://127.0.0.1:${(gateway.address() as AddressInfo).port}` }, folder);
    expect(await agent.exited).toBe(77);
    expect(agent.errors).toMatch(/^klevr-agent: enrolment at http:\S+ was refused: 401 The join token is used up\n$/);
    gateway.close();
    await rm(folder, { recursive: true });
  }, 30_000);

  it('says every fault of its configuration at once', async () => {
    const agent = AgentProcess.spawn({ url: 'ftp://x' }, '', { KLEVR_BEACON_PORT: 'no', KLEVR_LOG_LEVEL: 'loud' });
    expect(await agent.exited).toBe(78);
    for (const name of ['KLEVR_AGENT_DIR', 'KLEVR_SERVER_URL', 'KLEVR_BEACON_PORT', 'KLEVR_LOG_LEVEL'])
      expect(agent.errors).toContain(name);
  });
});
