import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { RunCommand } from '@klevr/contracts/command';
import type { Fact } from '@klevr/contracts/fact';
import { Sealer } from '@klevr/messaging/auth/sealed-box';
import { eventually } from '@klevr/testing/eventually';
import { TestBed } from '@klevr/testing/test-bed';
import { AgentProcess } from '@klevr/agent-runtime/testing/agent-process.fixture';
import { FakeCentre } from '@klevr/agent-runtime/testing/fake-centre.fixture';
import { processSearch } from '@klevr/agent-runtime/run/process-search';

type Finished = Extract<Fact, { kind: 'stepFinished' }>;
const script = (run: string, more: object = {}): RunCommand['steps'][number] => ({ name: 'it', run, env: {}, retries: 0, ...more });
const mebibyte = 1024 * 1024;

describe('the steps of an agent', () => {
  let bed: TestBed;
  let centre: FakeCentre;
  let agent: AgentProcess;

  beforeAll(async () => {
    bed = await TestBed.open();
    centre = await FakeCentre.open(bed);
    agent = await AgentProcess.start(centre, `${bed.folder}/agent`);
  }, 60_000);
  afterAll(async () => {
    agent.kill('SIGKILL');
    await agent.exited;
    centre.close();
    await bed.close();
  }, 30_000);

  const started = async (changes: Partial<RunCommand>): Promise<RunCommand> => {
    const command = centre.runCommand(agent.id, changes);
    expect(await centre.run(command)).toEqual({ outcome: 'accepted' });
    return command;
  };
  const cancel = async (command: RunCommand): Promise<number> => {
    const fromMs = performance.now();
    await centre.send(agent.id, 'cancel', await centre.sign({ ...command, verb: 'cancel', reason: 'enough' }));
    await centre.finished(command.runId);
    return performance.now() - fromMs;
  };
  const written = ({ runId }: RunCommand, stream = 'stdout'): Buffer => {
    const pieces = centre.factsOf(runId).flatMap((fact) => (fact.kind === 'log' && fact.stream === stream ? [fact] : []));
    return Buffer.concat(pieces.sort((a, b) => a.offset - b.offset).map(({ data }) => Buffer.from(data, 'base64')));
  };
  const said = (command: RunCommand, text: string): Promise<void> => centre.until(`it says ${text}`, () => written(command).includes(text));
  const stepsOf = ({ runId }: RunCommand): Finished[] =>
    centre.factsOf(runId).flatMap((fact) => (fact.kind === 'stepFinished' ? [fact] : []));
  const ofRun = ({ runId }: RunCommand): Promise<number[]> => processSearch.find(({ carries }) => carries(`KLEVR_RUN_ID=${runId}`));

  it('that are canceled end within a second where they obey, with signal and all', async () => {
    const command = await started({ steps: [script('setsid sleep 1000 & echo on; sleep 1000')] });
    await said(command, 'on');
    expect(await cancel(command)).toBeLessThan(1_000);
    expect(stepsOf(command)).toMatchObject([{ outcome: 'canceled', exitCode: null, signal: 'SIGTERM' }]);
    expect(await ofRun(command)).toEqual([]);
  });

  it('that are canceled and do not obey are killed after the grace of their task, wherever they fled', async () => {
    const flee = `trap '' TERM; (setsid sh -c "trap '' TERM; sleep 1000 & while :; do sleep 1000; done" &); (while :; do sleep 1000; done) & echo on; while :; do sleep 1000; done`;
    const command = await started({ steps: [script(flee)], killGraceSeconds: 0.4 });
    await said(command, 'on');
    await eventually('they have fled', 5_000, async () => ((await ofRun(command)).length >= 5 ? true : undefined));
    const tookMs = await cancel(command);
    expect(tookMs).toBeGreaterThan(390);
    expect(tookMs).toBeLessThan(2_500);
    expect(stepsOf(command)).toMatchObject([{ outcome: 'canceled', exitCode: null, signal: 'SIGKILL' }]);
    expect(await ofRun(command)).toEqual([]);
  });

  it('leave nothing of a canceled run, also of steps that were through', async () => {
    const command = await started({ steps: [script('setsid sleep 1000 > /dev/null 2>&1 &'), script('echo on; sleep 1000')] });
    await said(command, 'on');
    expect(await ofRun(command)).not.toEqual([]);
    expect(await cancel(command)).toBeLessThan(1_000);
    expect(await ofRun(command)).toEqual([]);
  });

  it('are ended by their own time-out with what fled, and those of others are left alone', async () => {
    const other = await started({ steps: [script('echo on; sleep 1000')] });
    await said(other, 'on');
    const command = await started({ steps: [script('setsid sleep 1000 & sleep 1000', { timeoutSeconds: 0.3 })] });
    expect(await centre.finished(command.runId)).toMatchObject({ status: 'timed_out', reason: { code: 'STEP_TIMED_OUT' } });
    expect(await ofRun(command)).toEqual([]);
    expect(await ofRun(other)).not.toEqual([]);
    await cancel(other);
  });

  it('get secrets that were sealed to the agent, and show them nowhere', async () => {
    const sealingKey = centre.hellos.at(-1)?.sealingKey ?? '';
    const sealed = (value: string): string => new Sealer().seal(Buffer.from(value), sealingKey).toString('base64');
    const credentials = [
      { name: 'DB', as: 'environment' as const, variable: 'DB_PASSWORD', sealed: sealed('correct horse') },
      { name: 'KEY', as: 'file' as const, variable: 'KEY_FILE', sealed: sealed('battery staple') },
    ];
    const command = await started({
      credentials,
      steps: [script('echo "$DB_PASSWORD, $(cat "$KEY_FILE")"; echo "$KEY_FILE: $DB_PASSWORD" > "$KLEVR_OUTPUT"')],
    });
    const { output } = await centre.finished(command.runId);
    expect(output).toMatch(/secret-KEY_FILE: \*\*\*\n$/);
    await said(command, '***, ***\n');
    const told = JSON.stringify(centre.factsOf(command.runId)) + written(command).toString();
    expect(told).not.toMatch(/horse|staple/);
    const files = `${agent.folder}/journal`;
    expect(await readFile(files, 'utf8')).not.toMatch(/horse|staple/);

    const foreign = { ...credentials[0], sealed: Buffer.from('not a box').toString('base64') } as (typeof credentials)[number];
    const refused = await started({ credentials: [foreign], steps: [script('echo never')] });
    expect(await centre.finished(refused.runId)).toMatchObject({
      status: 'failed',
      exitCode: null,
      reason: { code: 'CREDENTIAL_MISSING' },
    });
    expect(stepsOf(refused)).toEqual([]);
  });

  it('are followed by the recovery where one failed, and the run says how that went', async () => {
    const recovery = [script('printf "%s %s" "$KLEVR_FAILED_STEP" "$KLEVR_FAILED_STEP_EXIT_CODE" > "$KLEVR_OUTPUT"')];
    const failing = [script('true'), script('exit 9', { name: 'mount' }), script('echo never')];
    const worked = await started({ steps: failing, recovery });
    expect(await centre.finished(worked.runId)).toMatchObject({ status: 'failed', exitCode: 9, reason: { code: 'STEP_FAILED' } });
    expect(stepsOf(worked).at(-1)).toMatchObject({ phase: 'recovery', outcome: 'succeeded', output: 'mount 9' });
    const broken = await started({ steps: failing, recovery: [...recovery, script('exit 1')] });
    expect(await centre.finished(broken.runId)).toMatchObject({ status: 'recovery_failed', exitCode: 9 });
    const late = await started({ steps: [script('sleep 1000')], recovery, timeoutSeconds: 0.3 });
    expect(await centre.finished(late.runId)).toMatchObject({ status: 'failed', reason: { code: 'RUN_TIMED_OUT' } });
  });

  it('are taken as succeeded where only some failed that may', async () => {
    const steps = [script('exit 3', { continueOnError: true, retries: 1, retryDelaySeconds: 0.1 }), script('printf end > "$KLEVR_OUTPUT"')];
    const command = await started({ steps });
    expect(await centre.finished(command.runId)).toMatchObject({ status: 'succeeded', exitCode: 0, output: 'end', reason: null });
    expect(stepsOf(command).map(({ outcome, continued }) => [outcome, continued])).toEqual([
      ['failed', undefined],
      ['failed', true],
      ['succeeded', undefined],
    ]);
  });

  it('are heard byte for byte: NULs, broken characters, a line of 1 MiB', async () => {
    const command = await started({ steps: [script(`head -c ${mebibyte} /dev/zero; printf '\\377\\376\\n'; printf 'ü' | head -c 1`)] });
    await centre.finished(command.runId);
    const expected = Buffer.concat([Buffer.alloc(mebibyte), Buffer.from([0xff, 0xfe, 0x0a, 0xc3])]);
    await centre.until('all of it is there', () => written(command).length >= expected.length);
    expect(written(command).equals(expected)).toBe(true);
  });

  it('may write without end: the log is cut once, memory stays small, others go on, and a cancel comes through', async () => {
    const status = async (file: string, pattern: RegExp): Promise<number> =>
      Number(pattern.exec(await readFile(`/proc/${agent.pid}/${file}`, 'utf8'))?.[1]);
    const rssMiB = async (): Promise<number> => (await status('status', /^VmRSS:\s+(\d+) kB$/m)) / 1024;
    const readBytes = (): Promise<number> => status('io', /^rchar: (\d+)$/m);
    const flood = await started({ steps: [script('yes')] });
    await said(flood, 'y\ny\n');
    const [beforeMiB, fromBytes] = [await rssMiB(), await readBytes()];
    let peakMiB = 0;
    while ((await readBytes()) < fromBytes + 1_000_000_000) {
      const fromMs = performance.now();
      await centre.finished((await started({ steps: [script('true')] })).runId);
      expect(performance.now() - fromMs).toBeLessThan(1_000);
      peakMiB = Math.max(peakMiB, await rssMiB());
    }
    expect(await cancel(flood)).toBeLessThan(1_000);
    expect(stepsOf(flood)).toMatchObject([{ outcome: 'canceled' }]);
    await centre.until('the log is cut', () => centre.factsOf(flood.runId).some((fact) => fact.kind === 'log' && fact.cut));
    expect(written(flood)).toHaveLength(10 * mebibyte);
    expect(centre.factsOf(flood.runId).filter((fact) => fact.kind === 'log' && fact.cut)).toHaveLength(1);
    expect(peakMiB - beforeMiB).toBeLessThan(60);
  }, 60_000);

  it('are gone with a crash of the agent when it is back, wherever they fled', async () => {
    const command = await started({
      steps: [script(`(setsid sh -c "trap '' TERM; echo fled; while :; do sleep 1000; done" &); sleep 1000`)],
    });
    await said(command, 'fled');
    agent.kill('SIGKILL');
    await agent.exited;
    expect(await ofRun(command)).not.toEqual([]);
    agent = await AgentProcess.start(centre, agent.folder);
    expect(await ofRun(command)).toEqual([]);
    expect(await centre.finished(command.runId)).toMatchObject({ status: 'lost', reason: { code: 'AGENT_CRASHED' } });
  }, 30_000);
});
