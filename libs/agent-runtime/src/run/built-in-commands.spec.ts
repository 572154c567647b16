import { describe, expect, it } from '@jest/globals';
import { builtInCommands, type BuiltInCommandName } from '@klevr/contracts/commands';
import { newId } from '@klevr/contracts/ids';
import { agentHost } from '../built-ins/agent-host.fixture.js';
import type { DepartureRequest } from '../departure-request.js';
import { LogMemory } from '../log-memory.js';
import { builtInCommandsOf, type AgentHost } from './built-in-commands.js';
import type { CommandContext, OtherRun, OtherRuns } from '../built-ins/built-in.js';

const own = { runId: newId('run'), attempt: 1, taskName: 'the one that asks' };
const carryOut = async (
  name: BuiltInCommandName,
  parameters: object,
  host: Partial<AgentHost>,
  changes: Partial<CommandContext> = {},
): Promise<unknown> => {
  const context = { ...own, signal: new AbortController().signal, credentials: new Map(), say: () => undefined, ...changes };
  const output = await builtInCommandsOf(agentHost(host))
    .get(name)
    ?.run(parameters as Record<string, unknown>, context);
  const { result } = builtInCommands[name];
  return result.parse(output === null || name === 'CollectAgentLog' ? output : JSON.parse(output ?? ''));
};

/** Something that runs until it is stopped. */
class Other {
  readonly stops: unknown[][] = [];
  readonly command = { runId: newId('run'), taskId: newId('task'), taskName: 'other', attempt: 2 };
  private end: () => void = () => undefined;
  readonly running = {
    command: this.command,
    startedAtMs: Date.UTC(2026, 0, 1),
    step: 'second',
    ended: new Promise<void>((resolve) => (this.end = resolve)),
    execution: { stop: (...how: unknown[]) => (this.stops.push(how), this.end()) },
  } as unknown as OtherRun;
}

describe('the built-in commands', () => {
  it('are those of the contract, all of them', () => {
    expect([...builtInCommandsOf(agentHost()).keys()].sort()).toEqual(Object.keys(builtInCommands).sort());
  });

  it('change the log level', async () => {
    const logLevel = { level: 'info' };
    expect(await carryOut('ChangeLogLevel', { level: 'trace' }, { logLevel })).toEqual({ previous: 'info', level: 'trace' });
    expect(logLevel.level).toBe('trace');
    await expect(carryOut('ChangeLogLevel', { level: 'loud' }, { logLevel })).rejects.toThrow('parameters of ChangeLogLevel: level');
  });

  it('collect the log, 500 lines unless told otherwise', async () => {
    const logMemory = new LogMemory();
    for (let number = 0; number < 600; number += 1) logMemory.add(`{"level":"${number % 2 === 0 ? 'info' : 'warn'}","n":${number}}\n`);
    const lines = async (parameters: object): Promise<string[]> =>
      ((await carryOut('CollectAgentLog', parameters, { logMemory })) as string).trimEnd().split('\n');
    expect(await lines({})).toHaveLength(500);
    expect(await lines({ lines: 2 })).toEqual(['{"level":"info","n":598}', '{"level":"warn","n":599}']);
    expect(await lines({ lines: 1_000, level: 'warn' })).toHaveLength(300);
  });

  it('tell what else runs here', async () => {
    const other = new Other();
    const runs = (): OtherRuns => ({ others: (than) => (than.runId === own.runId ? [other.running] : []) });
    expect(await carryOut('GetAgentsRunningTasks', {}, { runs })).toEqual([
      { ...other.command, step: 'second', startedAt: '2026-01-01T00:00:00.000Z' },
    ]);
  });

  it('stop the runs of a task, or one run, and wait until they have ended', async () => {
    const [one, two, three] = [new Other(), new Other(), new Other()];
    two.command.taskId = one.command.taskId;
    const runs = (): OtherRuns => ({ others: () => [one, two, three].map(({ running }) => running) });
    const stopped = await carryOut('StopTask', { taskId: one.command.taskId }, { runs });
    expect(stopped).toEqual({ stopped: [one.command.runId, two.command.runId] });
    expect([one, two, three].map(({ stops }) => stops)).toEqual([
      [['stoppedByTask', 'stopped by the task "the one that asks"']],
      [['stoppedByTask', 'stopped by the task "the one that asks"']],
      [],
    ]);
    expect(await carryOut('StopTask', { runId: three.command.runId }, { runs })).toEqual({ stopped: [three.command.runId] });
    expect(await carryOut('StopTask', { runId: newId('run') }, { runs })).toEqual({ stopped: [] });
    for (const parameters of [{}, { taskId: one.command.taskId, runId: one.command.runId }]) {
      await expect(carryOut('StopTask', parameters, { runs })).rejects.toThrow('needs either `taskId` or `runId`');
    }
  });

  it('do not wait for what they have stopped once their own step has to end', async () => {
    const other = new Other();
    Object.assign(other.running, { execution: { stop: () => undefined } });
    const runs = (): OtherRuns => ({ others: () => [other.running] });
    const stop = new AbortController();
    const ended = carryOut('StopTask', { runId: other.command.runId }, { runs }, { signal: stop.signal });
    stop.abort();
    await expect(ended).rejects.toThrow('was ended');
  });

  it.each<[BuiltInCommandName, object, Omit<DepartureRequest, 'by'>]>([
    ['GracefulShutdownAgent', {}, { kind: 'shutdown', waitMs: 60_000 }],
    ['GracefulShutdownAgent', { waitSeconds: 0 }, { kind: 'shutdown', waitMs: 0 }],
    ['RestartAgent', { waitSeconds: 3_600 }, { kind: 'restart', waitMs: 3_600_000 }],
    ['ForceShutdownAgent', {}, { kind: 'force', waitMs: 0 }],
  ])('%s %j answers at once and has the agent end', async (name, parameters, expected) => {
    const begun: DepartureRequest[] = [];
    expect(await carryOut(name, parameters, { departure: () => ({ begin: (request) => void begun.push(request) }) })).toBeNull();
    expect(begun).toMatchObject([{ ...expected, by: { runId: own.runId, attempt: 1 } }]);
  });
});
