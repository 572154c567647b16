import { z } from 'zod';

/** What provisions: one driver an engine or tool. `pretend` keeps its world in a file; for tests and dry runs. */
export const driverNames = ['docker', 'libvirt', 'prometheus', 'terraform', 'kubectl', 'helm', 'shell', 'pretend'] as const;
export const DriverName = z.enum(driverNames);
export type DriverName = z.infer<typeof DriverName>;

/** Also the name of a folder, a label and a part of a file's name. */
export const RecipeName = z
  .string()
  .regex(/^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/, 'must be 1 to 63 lower-case letters, digits and inner hyphens')
  .meta({ examples: ['web-server'] });
/** Semantic version without build metadata. */
export const RecipeVersion = z
  .string()
  .max(64)
  .regex(/^(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)(-[0-9A-Za-z-]+(\.[0-9A-Za-z-]+)*)?$/, 'must be a semantic version such as 1.2.0');

const seconds = (usual: number, most: number) => z.number().gt(0).max(most).default(usual);
const checkCommon = {
  name: z.string().min(1).max(64),
  everySeconds: z.number().min(1).max(3_600).default(15),
  timeoutSeconds: seconds(5, 300),
  retries: z.number().int().min(1).max(100).default(3).describe('failures in a row that make it unhealthy'),
  startSeconds: z.number().min(0).max(3_600).default(60).describe('from the apply on, so long a failure counts as starting'),
};
/** How it is found out whether a resource works. Values may be templates like those of the driver's section. */
export const HealthCheck = z.discriminatedUnion('type', [
  z.strictObject({
    type: z.literal('http'),
    ...checkCommon,
    url: z.string().min(1).max(4096),
    expectStatus: z.array(z.number().int().min(100).max(599)).min(1).max(100).optional().describe('200 to 299 if not given'),
    expectBody: z.string().min(1).max(65_536).optional().describe('a text that stands in the first MiB of the body'),
  }),
  z.strictObject({
    type: z.literal('tcp'),
    ...checkCommon,
    host: z.string().min(1).max(255).default('127.0.0.1'),
    port: z.union([z.number().int().min(1).max(65_535), z.string().min(1).max(255)]).describe('a number, or a template that gives one'),
  }),
  z.strictObject({
    type: z.literal('command'),
    ...checkCommon,
    command: z
      .array(z.string().max(4096))
      .min(1)
      .max(256)
      .describe('program and arguments, never a line for a shell; good where it exits with 0'),
    part: z
      .string()
      .max(255)
      .optional()
      .describe('where it runs: a container of the resource such as `container/web`; on the host of the worker if not given'),
  }),
  z
    .strictObject({ type: z.literal('engine'), ...checkCommon, part: z.string().max(255).optional() })
    .describe('what the engine itself says of it'),
]);
export type HealthCheck = z.infer<typeof HealthCheck>;

/**
 * `recipe.yaml`. `spec` is the driver's own section; texts in it are Liquid templates over `parameters`, `resource` and `outputs`; a text that is one
 * `{{ … }}` and nothing else gives the value itself, not its text. `{fromCredential: name}` stands for a secret.
 */
export const RecipeManifest = z.strictObject({
  apiVersion: z.literal('klevr/v1'),
  name: RecipeName,
  version: RecipeVersion,
  description: z.string().min(1).max(4096),
  driver: DriverName,
  labels: z.record(z.string().max(63), z.string().max(255)).default({}),
  parameters: z
    .looseObject({ type: z.literal('object') })
    .default({ type: 'object' })
    .describe('JSON Schema (2020-12) of an object; a text with `format: credential` is the name of a credential of the zone'),
  outputs: z
    .record(
      z.string().regex(/^[A-Za-z][A-Za-z0-9_]{0,63}$/),
      z.strictObject({ description: z.string().max(1024).default(''), value: z.unknown(), sensitive: z.boolean().default(false) }),
    )
    .default({})
    .describe('name → template over `parameters`, `resource` and `observed`'),
  health: z.array(HealthCheck).max(32).default([]),
  observeEverySeconds: z
    .number()
    .min(1)
    .max(86_400)
    .default(300)
    .describe('how often the engine is looked at where it has no events, and besides them'),
  examples: z
    .array(z.record(z.string(), z.unknown()))
    .max(16)
    .default([])
    .describe('parameters with which it is linted: the first one is shown to people'),
  spec: z.record(z.string(), z.unknown()),
});
export type RecipeManifest = z.infer<typeof RecipeManifest>;

/** Limits of a recipe's folder. */
export const recipeLimits = { files: 1_000, bytes: 16 * 1024 * 1024, fileBytes: 8 * 1024 * 1024 } as const;
