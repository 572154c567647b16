import { z } from 'zod';
import { SourceId, Timestamp } from './ids.js';
import { DriverName, HealthCheck, RecipeName, RecipeVersion } from './recipe.js';

/** Where recipes come from: a Git repository at a branch, a tag or a commit. */
export const SourceName = RecipeName;

const commit = /^[0-9a-f]{40}([0-9a-f]{24})?$/;
const refName = z
  .string()
  .max(255)
  .regex(/^(?!-)(?!.*\.\.)[^\s~^:?*[\\\p{Cc}]+$/u, 'is not the name of a branch or tag')
  .meta({ examples: ['main', 'v1.4.0'] });
export const SourceRef = z
  .union(
    [
      z.strictObject({ branch: refName }),
      z.strictObject({ tag: refName }),
      z.strictObject({ commit: z.string().regex(commit, 'must be a full commit id') }),
    ],
    {
      error: 'must be exactly one of {branch}, {tag}, {commit}',
    },
  )
  .meta({ id: 'SourceRef' });
export type SourceRef = z.infer<typeof SourceRef>;

const url = z
  .string()
  .min(1)
  .max(2048)
  .regex(
    /^(?!https?:\/\/[^/]*@)(https?:\/\/|ssh:\/\/|file:\/\/\/|[A-Za-z0-9_.-]+@[A-Za-z0-9_.-]+:)[^\s\p{Cc}]+$/u,
    'must be an https, ssh or file address that git can clone, with no user or password of https in it (give `auth`)',
  )
  .meta({ examples: ['https://git.example/platform/recipes.git', 'git@git.example:platform/recipes.git', 'file:///srv/git/recipes'] });

export const SourceAuth = z
  .union([
    z.strictObject({ username: z.string().min(1).max(255), password: z.string().min(1).max(4096) }),
    z.strictObject({ sshKey: z.string().min(1).max(16_384), knownHosts: z.string().min(1).max(65_536) }),
  ])
  .describe('goes in, never out');

const settings = {
  ref: SourceRef,
  folder: z
    .string()
    .max(255)
    .regex(/^(?!\/)(?!.*(^|\/)\.\.(\/|$))[^\0]*$/, 'must be a folder inside the repository')
    .meta({ examples: ['recipes', ''] })
    .default('')
    .describe('recipes lie in its sub-folders; the root if empty'),
  syncEverySeconds: z.number().int().min(10).max(604_800).nullable().default(900).describe('null: on demand only'),
  signedTagsOnly: z.boolean().default(false).describe('only a tag that one of `trustedSigners` signed is taken; `ref` must be a tag'),
  trustedSigners: z.array(z.string().min(1).max(16_384)).max(64).default([]).describe('lines of an OpenSSH allowed-signers file'),
};
export const CreateSource = z
  .strictObject({ name: SourceName, url, ...settings, auth: SourceAuth.optional() })
  .refine(({ signedTagsOnly, ref }) => !signedTagsOnly || 'tag' in ref, {
    path: ['ref'],
    error: 'must be a tag where only signed tags are taken',
  })
  .refine(({ signedTagsOnly, trustedSigners }) => !signedTagsOnly || trustedSigners.length > 0, {
    path: ['trustedSigners'],
    error: 'must name somebody where only signed tags are taken',
  })
  .meta({
    id: 'CreateSource',
    // The same for readers of JSON Schema.
    not: {
      properties: { signedTagsOnly: { const: true } },
      required: ['signedTagsOnly'],
      anyOf: [
        { properties: { ref: { not: { required: ['tag'] } } } },
        { not: { required: ['trustedSigners'] } },
        { properties: { trustedSigners: { maxItems: 0 } } },
      ],
    },
  });
export type CreateSource = z.infer<typeof CreateSource>;

export const UpdateSource = z
  .strictObject({
    url: url.optional(),
    ref: SourceRef.optional(),
    folder: settings.folder.unwrap().optional(),
    syncEverySeconds: settings.syncEverySeconds.unwrap().optional(),
    signedTagsOnly: z.boolean().optional(),
    trustedSigners: settings.trustedSigners.unwrap().optional(),
    auth: SourceAuth.nullable().optional(),
  })
  .refine((changes) => Object.keys(changes).length > 0, 'names nothing to change')
  .meta({ id: 'UpdateSource', minProperties: 1 });
export type UpdateSource = z.infer<typeof UpdateSource>;

/** What is wrong with a file of a source. Lines and columns count from 1. */
export const RecipeFault = z
  .object({ file: z.string(), line: z.number().int().nullable(), column: z.number().int().nullable(), message: z.string() })
  .meta({ id: 'RecipeFault' });
export type RecipeFault = z.infer<typeof RecipeFault>;

export const Source = z
  .object({
    id: SourceId,
    name: SourceName,
    url: z.string(),
    ref: SourceRef.nullable().describe('null for the catalogue that comes with Klevr'),
    folder: z.string(),
    syncEverySeconds: z.number().int().nullable(),
    signedTagsOnly: z.boolean(),
    trustedSigners: z.array(z.string()),
    hasAuth: z.boolean(),
    builtIn: z.boolean(),
    status: z.enum(['new', 'syncing', 'synced', 'failed']),
    statusMessage: z.string(),
    commit: z.string().nullable().describe('what the recipes are pinned to'),
    syncedAt: Timestamp.nullable(),
    faults: z.array(RecipeFault).describe('of the last sync; the good recipes beside them are there'),
    revision: z.number().int(),
    createdBy: z.string(),
    createdAt: Timestamp,
  })
  .meta({ id: 'Source' });
export type Source = z.infer<typeof Source>;

const recipeCommon = {
  source: SourceName,
  name: RecipeName,
  version: RecipeVersion,
  description: z.string(),
  driver: DriverName,
  labels: z.record(z.string(), z.string()),
  commit: z.string(),
  digest: z.string().describe('SHA-256 of the folder'),
  syncedAt: Timestamp,
};
export const RecipeSummary = z
  .object({ ...recipeCommon, versions: z.array(z.string()).describe('newest first') })
  .meta({ id: 'RecipeSummary' });
export type RecipeSummary = z.infer<typeof RecipeSummary>;
export const Recipe = z
  .object({
    ...recipeCommon,
    versions: z.array(z.object({ version: z.string(), commit: z.string(), digest: z.string(), syncedAt: Timestamp, current: z.boolean() })),
    parameters: z.record(z.string(), z.unknown()).describe('JSON Schema'),
    outputs: z.record(z.string(), z.object({ description: z.string(), sensitive: z.boolean() })),
    health: z.array(HealthCheck),
    examples: z.array(z.record(z.string(), z.unknown())),
    readme: z.string().nullable().describe('README.md of the folder'),
    files: z.array(z.object({ path: z.string(), bytes: z.number().int() })),
  })
  .meta({ id: 'Recipe' });
export type Recipe = z.infer<typeof Recipe>;

/** `POST /catalogue/lint`: a recipe's folder, as its author has it. */
export const LintRecipe = z
  .strictObject({
    files: z
      .array(
        z.strictObject({
          path: z
            .string()
            .min(1)
            .max(255)
            .regex(/^(?!\/)(?!.*(^|\/)\.\.?(\/|$))[^\0\\]+$/, 'must be a path inside the folder')
            .meta({ examples: ['recipe.yaml', 'files/site.conf.liquid'] }),
          data: z.base64().describe('its bytes'),
        }),
      )
      .min(1)
      .max(1_000),
  })
  .meta({ id: 'LintRecipe' });
export type LintRecipe = z.infer<typeof LintRecipe>;
export const LintReport = z.object({ faults: z.array(RecipeFault).describe('none: it would be taken') }).meta({ id: 'LintReport' });
export type LintReport = z.infer<typeof LintReport>;
