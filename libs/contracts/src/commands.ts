import { z } from 'zod';
import { HostFacts } from './agent.js';

/** The commands that every agent has and a step can `use`: what each takes and what it puts out. */
export const builtInCommands = {
  Noop: { description: 'does nothing, at once', parameters: z.strictObject({}), result: z.null() },
  CollectFacts: { description: "tells the host's facts, as they are now", parameters: z.strictObject({}), result: HostFacts },
} as const satisfies Record<string, { description: string; parameters: z.ZodType; result: z.ZodType }>;

export type BuiltInCommandName = keyof typeof builtInCommands;

export const isBuiltInCommand = (name: string): name is BuiltInCommandName => Object.hasOwn(builtInCommands, name);
