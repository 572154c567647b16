import { z } from 'zod';
import { EnvironmentName } from './credential.js';

/** One command of a task: an inline script or a built-in command. */
const stepCommon = {
  name: z.string().min(1).max(128),
  timeoutSeconds: z.number().positive().max(31_536_000).optional().describe('ends this try of the step'),
  retries: z.number().int().min(0).max(100).default(0).describe('further tries after a failed one'),
  retryDelaySeconds: z
    .number()
    .min(0.1)
    .max(3_600)
    .optional()
    .describe('pause before the first retry; each further one is twice as long, up to 30 s or this, whichever is longer; 1 if not given'),
  continueOnError: z.boolean().optional().describe('the next step runs even if this one has failed or taken too long'),
};

export const ScriptStep = z.strictObject({
  ...stepCommon,
  run: z.string().min(1).max(1_048_576).describe('a script'),
  interpreter: z
    .string()
    .max(512)
    .regex(/^\S+( \S+)*$/, 'must be a program and its arguments, separated by single spaces')
    .optional()
    .describe('the program that gets the file with the script as its last argument; `sh -eu` if not given'),
  env: z.record(EnvironmentName, z.string().max(131_072)).default({}),
  workingDirectory: z
    .string()
    .max(4096)
    .regex(/^\/[^\0]*$/, 'must be an absolute path')
    .optional()
    .describe('where the script starts; a private folder that lasts as long as the run, if not given'),
});

export const CommandStep = z.strictObject({
  ...stepCommon,
  use: z.string().min(1).max(64).describe('a built-in command'),
  with: z.record(z.string(), z.unknown()).default({}),
});

export const Step = z
  .union([ScriptStep, CommandStep], {
    error: 'must have a name and either `run` (a script) or `use` (a built-in command), and no unknown field',
  })
  .meta({ id: 'Step' });
export type Step = z.infer<typeof Step>;
