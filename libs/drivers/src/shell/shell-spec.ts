import { EnvironmentName } from '@klevr/contracts/credential';
import { Target } from '@klevr/contracts/target';
import { Secret } from '@klevr/recipes/secret';
import { z } from 'zod';

/**
 * The section of a recipe for `shell`: scripts that run on agents of the zone, by tasks that the centre makes. No worker has a part in it.
 * Values come to a script as variables and as a file; nothing is put into its text.
 */
const script = z
  .string()
  .min(1)
  .max(255)
  .regex(/^(?!\/)(?!.*(^|\/)\.\.(\/|$))[^\0]*$/, 'must be a path inside the recipe')
  .refine((path) => !path.endsWith('.liquid'), 'must not be a template: values come as variables');
const variable = EnvironmentName.refine((name) => !name.startsWith('KLEVR_'), 'names that start with KLEVR_ belong to Klevr');

export const ShellSpec = z.strictObject({
  target: Target.describe('any and primary: the agent that had it first keeps it'),
  scripts: z
    .strictObject({
      plan: script.default('plan.sh').describe('may be missing'),
      apply: script.default('apply.sh'),
      destroy: script.default('destroy.sh'),
      status: script.default('status.sh'),
    })
    .prefault({}),
  interpreter: z
    .string()
    .max(512)
    .regex(/^\S+( \S+)*$/, 'must be a program and its arguments, separated by single spaces')
    .optional()
    .describe('`sh -eu` if not given'),
  environment: z.record(variable, z.unknown()).default({}).describe('variables of every script; lists and objects come as JSON'),
  secretFiles: z.record(variable, z.instanceof(Secret)).default({}).describe('variables with the path of a file that holds a secret'),
});
export type ShellSpec = z.output<typeof ShellSpec>;

/** What the recipe's folder has to hold for the section. */
export const missingScripts = (spec: Readonly<Record<string, unknown>>, files: readonly string[]): { path: string; message: string }[] => {
  const scripts = ShellSpec.safeParse(spec).data?.scripts;
  return (['apply', 'destroy', 'status'] as const).flatMap((name) =>
    scripts === undefined || files.includes(scripts[name])
      ? []
      : [{ path: `scripts.${name}`, message: `${scripts[name]} is not among the files of the recipe` }],
  );
};
