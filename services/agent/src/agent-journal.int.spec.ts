import { existsSync } from 'node:fs';
import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { RunCommand } from '@klevr/contracts/command';
import type { Fact } from '@klevr/contracts/fact';
import { newId } from '@klevr/contracts/ids';
import { SystemClock } from '@klevr/platform/clock';
import { eventually } from '@klevr/testing/eventually';
import { TestBed } from '@klevr/testing/test-bed';
import { AgentProcess } from '@klevr/agent-runtime/testing/agent-process.fixture';
import { FakeCentre } from '@klevr/agent-runtime/testing/fake-centre.fixture';
import { Journal } from '@klevr/agent-runtime/journal/journal';
import { groupRuns } from '@klevr/agent-runtime/run/process-group';

/** Where exactly in the life of an attempt the agent dies, and what becomes of the run. */
describe('kill -9 of an agent', () => {
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

  /** A run that leaves one line each time that it really runs. */
  const witnessed = (rest = ''): RunCommand =>
    centre.runCommand(agent.id, { steps: [{ name: 'it', run: `echo $$ >> ${folder}.ran; ${rest}`, env: {}, retries: 0 }] });
  const pids = async (): Promise<number[]> =>
    existsSync(`${folder}.ran`) ? (await readFile(`${folder}.ran`, 'utf8')).trim().split('\n').map(Number) : [];
  const hasRun = (): Promise<number> => eventually('the run', 10_000, async () => (await pids())[0]);
  const crash = async (): Promise<void> => {
    agent.kill('SIGKILL');
    await agent.exited;
  };
  const again = async (): Promise<void> => {
    agent = await AgentProcess.start(centre, folder);
    // What it had to tell was told before this.
    await centre.finished((await centre.ran(agent.id)).runId);
  };
  const ends = (runId: string): Fact[] => centre.factsOf(runId).filter(({ kind }) => kind === 'finished' || kind === 'refused');
  const toldAtHello = (runId: string): unknown => centre.hellos.at(-1)?.attempts.find((known) => known.runId === runId);
  const lost = [{ kind: 'finished', status: 'lost', reason: { code: 'AGENT_CRASHED' } }];

  it('before the journal write: it knows nothing of the attempt, and the next one runs once', async () => {
    const command = witnessed();
    agent.kill('SIGSTOP');
    const unanswered = centre.run(command).catch((error: unknown) => error);
    await crash();
    await again();
    expect(toldAtHello(command.runId)).toBeUndefined();
    expect(await unanswered).toBeInstanceOf(Error);
    expect(await centre.run(command)).toMatchObject({ outcome: 'refused', code: 'WRONG_SESSION' });
    const next = { ...command, attempt: 2, session: centre.sessions.get(agent.id) ?? '' };
    expect(await centre.run(next)).toEqual({ outcome: 'accepted' });
    await centre.until('its end', () => ends(command.runId).length > 1);
    expect(ends(command.runId)).toMatchObject([
      { kind: 'refused', attempt: 1 },
      { kind: 'finished', attempt: 2, status: 'succeeded' },
    ]);
    expect(await pids()).toHaveLength(1);
  }, 60_000);

  it('after the journal write: it may have started, so it is lost and never starts again', async () => {
    const command = witnessed();
    await crash();
    const { journal } = await Journal.open({ path: join(folder, 'journal'), clock: new SystemClock() });
    await journal.start(command, Date.now());
    await journal.close();
    await again();
    expect(toldAtHello(command.runId)).toMatchObject({ state: 'finished' });
    expect(centre.factsOf(command.runId)).toMatchObject([{ kind: 'accepted' }, ...lost]);
    expect(await centre.run({ ...command, session: centre.sessions.get(agent.id) ?? '' })).toMatchObject({ outcome: 'duplicate' });
    expect(await pids()).toEqual([]);
  }, 60_000);

  it('after the spawn, before its report: what runs is ended first, and the run is lost', async () => {
    centre.storing = false;
    const command = { ...witnessed('sleep 1000'), timeoutSeconds: null };
    await centre.run(command);
    const pid = await hasRun();
    await crash();
    expect(groupRuns(pid)).toBe(true);
    centre.storing = true;
    await again();
    expect(groupRuns(pid)).toBe(false);
    expect(ends(command.runId)).toMatchObject(lost);
    // It has no time-out, so somebody wanted it to go on for long.
    expect(ends(command.runId)).toMatchObject([{ reason: { message: expect.stringContaining('needs the execution `atLeastOnce`') } }]);
    await crash();
    await again();
    expect(ends(command.runId)).toHaveLength(1);
  }, 60_000);

  it('after the exit, before the result: nobody knows how it ended, so it is lost', async () => {
    const command = witnessed('kill -9 $PPID; exit 0');
    await centre.run(command).catch(() => undefined);
    await agent.exited;
    await again();
    expect(ends(command.runId)).toMatchObject(lost);
    expect(await pids()).toHaveLength(1);
  }, 60_000);

  it('with the result in the journal, which nobody has stored: it comes as it was', async () => {
    centre.storing = false;
    const command = witnessed('printf done > "$KLEVR_OUTPUT"');
    await centre.run(command);
    await agent.hasWritten('finished', 1);
    await crash();
    centre.storing = true;
    await again();
    expect(ends(command.runId)).toMatchObject([{ kind: 'finished', status: 'succeeded', output: 'done' }]);
    expect(await pids()).toHaveLength(1);
  }, 60_000);

  it('whose journal is wiped: what runs is ended all the same, and another journal id says that nothing is known', async () => {
    const command = witnessed('sleep 1000');
    await centre.run(command);
    const pid = await hasRun();
    const before = centre.hellos.at(-1)?.journalId;
    await crash();
    await rm(join(folder, 'journal'));
    await again();
    expect(groupRuns(pid)).toBe(false);
    expect(centre.hellos.at(-1)?.journalId).not.toBe(before);
    expect(toldAtHello(command.runId)).toBeUndefined();
    expect(ends(command.runId)).toEqual([]);
    expect(await centre.run(command)).toMatchObject({ outcome: 'refused', code: 'WRONG_SESSION' });
    expect(await pids()).toHaveLength(1);
  }, 60_000);
});
