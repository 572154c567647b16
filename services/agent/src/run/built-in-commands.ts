import { builtInCommands, type BuiltInCommandName } from '@klevr/contracts/commands';
import type { HostFacts } from '@klevr/contracts/agent';

/** The built-in commands of the contract, each with what carries it out here. What one answers is the step's output, as JSON text or nothing. */
export interface CommandContext {
  readonly runId: string;
  readonly attempt: number;
  readonly taskId: string;
  /** Aborts when the step is to end: canceled, out of time, or the agent stops. What the command does may be given up then; its result is not waited for. */
  readonly signal: AbortSignal;
}

export interface BuiltInCommand {
  /** It ends in the same turn, so its beginning is not worth a fact of its own. */
  readonly instant: boolean;
  /** Throws where the parameters are not what the contract says. */
  readonly run: (parameters: Readonly<Record<string, unknown>>, context: CommandContext) => Promise<string | null> | string | null;
}

export type BuiltInCommands = ReadonlyMap<string, BuiltInCommand>;

export const builtInCommandsOf = (host: { readonly collectFacts: () => Promise<HostFacts> }): BuiltInCommands => {
  const table: Readonly<Record<BuiltInCommandName, BuiltInCommand>> = {
    Noop: { instant: true, run: () => null },
    CollectFacts: { instant: false, run: async () => JSON.stringify(await host.collectFacts()) },
  };
  return new Map(
    Object.entries(table).map(([name, command]) => [name, { ...command, run: checked(name as BuiltInCommandName, command.run) }]),
  );
};

const checked =
  (name: BuiltInCommandName, run: BuiltInCommand['run']): BuiltInCommand['run'] =>
  (parameters, context) => {
    const fault = builtInCommands[name].parameters.safeParse(parameters).error?.issues[0];
    if (fault !== undefined) throw new TypeError(`parameters of ${name}: ${[...fault.path, fault.message].join(' ')}`);
    return run(parameters, context);
  };
