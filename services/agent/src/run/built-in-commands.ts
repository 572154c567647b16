import type { HostFacts } from '@klevr/contracts/agent';

/** The commands that a step can `use`. What one answers is the step's output, as JSON text or nothing. */
export interface BuiltInCommand {
  /** It ends in the same turn, so its beginning is not worth a fact of its own. */
  readonly instant: boolean;
  run(parameters: Readonly<Record<string, unknown>>): Promise<string | null> | string | null;
}

export type BuiltInCommands = ReadonlyMap<string, BuiltInCommand>;

export const builtInCommands = (collectFacts: () => Promise<HostFacts>): BuiltInCommands =>
  new Map<string, BuiltInCommand>([
    ['Noop', { instant: true, run: () => null }],
    ['CollectFacts', { instant: false, run: async () => JSON.stringify(await collectFacts()) }],
  ]);
