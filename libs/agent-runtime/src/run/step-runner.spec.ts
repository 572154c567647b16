import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { RunCommand } from '@klevr/contracts/command';
import { newId } from '@klevr/contracts/ids';
import { SystemClock } from '@klevr/platform/clock';
import { agentHost } from '../built-ins/agent-host.fixture.js';
import type { LogFactBody } from '../journal/log-spool.js';
import { collectHostFacts } from '../host/host-facts.js';
import { builtInCommandsOf } from './built-in-commands.js';
import { RunLog } from './run-log.js';
import { spawnerHere } from './spawner.fixture.js';
import { StepRunner, type StepEnd } from './step-runner.js';

describe('a step', () => {
  let folder: string;
  let runner: StepRunner;
  let facts: LogFactBody[];
  const command = {
    runId: newId('run'),
    taskId: newId('task'),
    taskName: 'test',
    attempt: 3,
    recovery: [],
    parameters: { days: 7, text: 'ü "x"' },
  } as unknown as RunCommand;
  const clock = new SystemClock();

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'klevr-steps-'));
    facts = [];
    const sink = { full: false, add: (fact: LogFactBody) => void facts.push(fact) as undefined };
    const log = new RunLog(command, sink, clock, () => 1);
    const environment = { PATH: process.env['PATH'] ?? '', INHERITED: 'yes' };
    const builtIns = builtInCommandsOf(agentHost({ collectFacts: () => collectHostFacts('') }));
    const groups = { started: () => undefined, ended: () => undefined };
    runner = new StepRunner({ command, groups, spawner: spawnerHere(), builtIns, log, runsFolder: folder, environment, clock });
  });
  afterEach(async () => {
    await runner.close();
    await rm(folder, { recursive: true });
  });

  let index = 0;
  const run = (step: object, signal = new AbortController().signal): Promise<StepEnd> =>
    runner.run(
      { name: 'it', retries: 0, env: {}, ...step } as RunCommand['steps'][number],
      { phase: 'step', index: index++, try: 1 },
      signal,
    );
  const script = (text: string, more: object = {}): Promise<StepEnd> => run({ run: text, ...more });

  it('is told who it is and what its parameters are', async () => {
    const { output } = await script(
      '{ cat "$KLEVR_PARAMETERS"; echo; echo "$TASK_ORIGIN_PARAM $KLEVR_TASK_ID $KLEVR_RUN_ID $KLEVR_ATTEMPT"; } > "$KLEVR_OUTPUT"',
    );
    const parameters = JSON.stringify(command.parameters);
    expect(output).toBe(`${parameters}\n${parameters} ${command.taskId} ${command.runId} 3\n`);
  });

  it('has its own variables and those of the agent, and no more', async () => {
    const { output } = await script('echo "$INHERITED $OWN ${HOME-unset}" > "$KLEVR_OUTPUT"', { env: { OWN: 'mine' } });
    expect(output).toBe('yes mine unset\n');
  });

  it('gets the output of the step before it, whatever kind that was', async () => {
    expect((await script('cat "$KLEVR_PREVIOUS"; echo "[$TASK_RESULT]" > "$KLEVR_OUTPUT"')).output).toBe('[]\n');
    expect((await script('cat "$KLEVR_PREVIOUS" > "$KLEVR_OUTPUT"; echo "$TASK_RESULT" >> "$KLEVR_OUTPUT"')).output).toBe('[]\n[]\n\n');
    const collected = await run({ use: 'CollectFacts', with: {} });
    expect((await script('cat "$KLEVR_PREVIOUS" > "$KLEVR_OUTPUT"')).output).toBe(collected.output);
  });

  it('that failed gives nothing to the next', async () => {
    await script('printf good > "$KLEVR_OUTPUT"');
    expect(await script('printf bad > "$KLEVR_OUTPUT"; exit 4')).toMatchObject({ outcome: 'failed', exitCode: 4, output: 'bad' });
    expect((await script('cat "$KLEVR_PREVIOUS" > "$KLEVR_OUTPUT"')).output).toBe('good');
  });

  it('is ended by its own time-out', async () => {
    expect(await script('sleep 1000', { timeoutSeconds: 0.1 })).toMatchObject({
      outcome: 'timed_out',
      signal: 'SIGTERM',
      message: 'step "it" took longer than 0.1 s',
    });
  });

  it('is ended by the end of its run, and then has not timed out', async () => {
    const stop = new AbortController();
    const ended = run({ run: 'echo ready; sleep 1000', timeoutSeconds: 60 }, stop.signal);
    while (facts.length === 0) await new Promise((resolve) => setImmediate(resolve));
    stop.abort();
    expect(await ended).toMatchObject({ outcome: 'failed', signal: 'SIGTERM' });
  });

  it('that uses a command runs it, with its parameters checked', async () => {
    expect(await run({ use: 'Noop', with: {} })).toMatchObject({ outcome: 'succeeded', exitCode: 0, output: null });
    expect(await run({ use: 'Noop', with: { x: 1 } })).toMatchObject({
      outcome: 'failed',
      message: expect.stringContaining('parameters of Noop') as unknown,
    });
    expect(await run({ use: 'Dance', with: {} })).toMatchObject({
      outcome: 'failed',
      message: expect.stringContaining('no built-in command Dance') as unknown,
    });
    expect(JSON.parse((await run({ use: 'CollectFacts', with: {} })).output ?? '')).toMatchObject({ os: process.platform });
  });

  it('leaves nothing of its folder, which only the agent can read', async () => {
    const { output } = await script('stat -c %a . > "$KLEVR_OUTPUT"');
    expect(output).toBe('700\n');
    await runner.close();
    expect(await readdir(folder)).toEqual([]);
  });

  it('tells its output piece by piece', async () => {
    await script('echo one; echo two >&2');
    expect(facts.map(({ stream, data }) => [stream, Buffer.from(data, 'base64').toString()])).toEqual([
      ['stdout', 'one\n'],
      ['stderr', 'two\n'],
    ]);
  });
});
