import { builtInCommands, type BuiltInCommandName } from '@klevr/contracts/commands';
import type { HostFacts } from '@klevr/contracts/agent';
import { CommandFailed, orAborted, type BuiltIn, type CommandContext, type OtherRuns } from '../built-ins/built-in.js';
import { changeLogLevel, type LeveledLog } from '../built-ins/change-log-level.js';
import { collectAgentLog } from '../built-ins/collect-agent-log.js';
import { forceShutdown, gracefulShutdown, restart } from '../built-ins/end-agent.js';
import { httpCheck } from '../built-ins/http-check.js';
import { runningTasks } from '../built-ins/running-tasks.js';
import { stopTask } from '../built-ins/stop-task.js';
import { writeFileWhole } from '../built-ins/write-file.js';
import type { Departs } from '../departure-request.js';
import type { LogMemory } from '../log-memory.js';

/** The built-in commands of the contract, each with what carries it out here. What one answers is the step's output: a text as it is, all else as JSON. */
export interface BuiltInCommand {
  readonly instant: boolean;
  /** Throws where the parameters are not what the contract says, and where the command does not succeed. */
  readonly run: (parameters: Readonly<Record<string, unknown>>, context: CommandContext) => Promise<string | null> | string | null;
}

export type BuiltInCommands = ReadonlyMap<string, BuiltInCommand>;

/** What of the agent the commands use. */
export interface AgentHost {
  readonly collectFacts: () => Promise<HostFacts>;
  readonly logLevel: LeveledLog;
  readonly logMemory: Pick<LogMemory, 'last'>;
  readonly runs: () => OtherRuns;
  readonly departure: () => Departs;
}

type Table = { readonly [N in BuiltInCommandName]: BuiltIn<N> };

/** `more`: those of a program that is more than an agent. */
export const builtInCommandsOf = (host: AgentHost, more: BuiltInCommands = new Map()): BuiltInCommands => {
  const table: Table = {
    Noop: { instant: true, run: () => null },
    CollectFacts: { instant: false, run: (_, { signal }) => orAborted(host.collectFacts(), signal) },
    ChangeLogLevel: changeLogLevel(host.logLevel),
    CollectAgentLog: collectAgentLog(host.logMemory),
    StopTask: stopTask(host.runs),
    GetAgentsRunningTasks: runningTasks(host.runs),
    GracefulShutdownAgent: gracefulShutdown(host.departure),
    ForceShutdownAgent: forceShutdown(host.departure),
    RestartAgent: restart(host.departure),
    HttpCheck: httpCheck,
    WriteFile: writeFileWhole,
  };
  return new Map([...(Object.keys(table) as BuiltInCommandName[]).map((name) => [name, checked(name, table)] as const), ...more]);
};

const checked = <N extends BuiltInCommandName>(name: N, table: Table): BuiltInCommand => {
  const { instant, run } = table[name];
  return {
    instant,
    run: (given, context) => {
      const parameters = builtInCommands[name].parameters.safeParse(given);
      if (!parameters.success) throw new TypeError(`parameters of ${name}: ${faultOf(parameters.error.issues[0])}`);
      // The table's own type says that parameters and command are of one name.
      const result = (run as (parameters: unknown, context: CommandContext) => unknown)(parameters.data, context);
      return result instanceof Promise ? result.then(asOutput) : asOutput(result);
    },
  };
};

const faultOf = (issue: { readonly path: readonly PropertyKey[]; readonly message: string } | undefined): string =>
  issue === undefined ? 'are not as they should be' : [...issue.path.map(String), issue.message].join(' ');

const asOutput = (result: unknown): string | null => (result === null || typeof result === 'string' ? result : JSON.stringify(result));

/** What a failed command gives out all the same. */
export const outputOfFailure = (error: unknown): string | null => (error instanceof CommandFailed ? asOutput(error.result) : null);
