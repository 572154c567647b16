import { Secret, secretsIn } from '@klevr/recipes/secret';
import { z } from 'zod';

/** The section of a recipe for terraform (or OpenTofu). Variables are handed over as values, secrets among them by the environment; nothing is put into a text of Terraform's. */
const Text = z.union([z.instanceof(Secret), z.string().max(65_536)]);
const variableName = z.string().regex(/^[A-Za-z_][A-Za-z0-9_-]{0,127}$/, 'is not the name of a variable');
const folder = z
  .string()
  .max(255)
  .regex(/^(?!\/)(?!.*(^|\/)\.\.(\/|$))[^\0]*$/, 'must be a folder of the recipe');

export const TerraformSpec = z.strictObject({
  module: folder.default('').describe('folder of the recipe with the root module; the recipe itself if empty'),
  variables: z.record(variableName, z.unknown()).default({}),
  environment: z
    .record(z.string().regex(/^(?!TF_)[A-Z][A-Z0-9_]{0,127}$/, 'must be in capitals and not begin with TF_'), Text)
    .default({})
    .describe('what providers read, such as AWS_ACCESS_KEY_ID'),
  data: z
    .array(z.string().min(1).max(1024))
    .max(256)
    .default([])
    .describe('addresses of resources that hold data: destroy leaves them unless told otherwise'),
  parallelism: z.number().int().min(1).max(100).default(10),
});
export type TerraformSpec = z.infer<typeof TerraformSpec>;

export const secretsOf = ({ variables, environment }: TerraformSpec): Secret[] => [...secretsIn(variables), ...secretsIn(environment)];

const revealed = (value: unknown): unknown => {
  if (value instanceof Secret) return value.reveal();
  if (Array.isArray(value)) return value.map(revealed);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, revealed(inner)]));
};

/** Variables for a file, and those with secrets for the environment, which is on no disk. */
export const variablesOf = ({ variables, environment }: TerraformSpec): { file: string; environment: Record<string, string> } => {
  const open = Object.entries(variables).filter(([, value]) => secretsIn(value).length === 0);
  const secret = Object.entries(variables).filter(([, value]) => secretsIn(value).length > 0);
  const text = (value: unknown): string => (typeof value === 'string' ? value : JSON.stringify(value));
  return {
    file: JSON.stringify(Object.fromEntries(open)),
    environment: {
      ...Object.fromEntries(Object.entries(environment).map(([name, value]) => [name, value instanceof Secret ? value.reveal() : value])),
      ...Object.fromEntries(secret.map(([name, value]) => [`TF_VAR_${name}`, text(revealed(value))])),
    },
  };
};

/** Whether an address of the state is that of this resource, or of one of its instances, or of something in this module. */
export const isWithin = (address: string, named: string): boolean =>
  address === named || address.startsWith(`${named}[`) || address.startsWith(`${named}.`);
