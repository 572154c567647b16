import { z } from 'zod';

/** The sections of a recipe for `kubectl` and for `helm`. Both end as objects that are applied by the server itself, under one field manager. */
const path = z
  .string()
  .min(1)
  .max(255)
  .regex(/^(?!\/)(?!.*(^|\/)\.\.(\/|$))[^\0]*$/, 'must be a path inside the recipe');
const name = z.string().regex(/^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/, 'must be lower-case letters, digits and inner hyphens');

const common = {
  namespace: name.default('default').describe('of objects that name none, and of the list of what was applied'),
  createNamespace: z.boolean().default(false),
  replace: z.boolean().default(false).describe('objects whose change the cluster refuses as immutable are deleted and made anew'),
  conflicts: z.enum(['force', 'refuse']).default('force').describe('fields that another field manager owns'),
  adopt: z.boolean().default(false).describe('objects of these names that are there already and nobody else’s are taken over'),
  data: z
    .array(z.string().min(1).max(255))
    .max(256)
    .default([])
    .describe('parts besides PersistentVolumeClaims that destroy leaves unless told otherwise, such as `Secret/keys`'),
};

export const KubectlSpec = z
  .strictObject({
    ...common,
    manifests: z.array(path).max(256).default([]).describe('files of the recipe; rendered first where the name ends in .liquid'),
    kustomize: path.optional().describe('folder of the recipe'),
    objects: z.array(z.record(z.string(), z.unknown())).max(1_000).default([]),
  })
  .refine(
    ({ manifests, kustomize, objects }) => manifests.length + objects.length > 0 || kustomize !== undefined,
    'needs `manifests`, `kustomize` or `objects`',
  );
export type KubectlSpec = z.infer<typeof KubectlSpec>;

export const HelmSpec = z
  .strictObject({
    ...common,
    chart: z
      .string()
      .min(1)
      .max(1024)
      // What begins with a hyphen would be an option of helm.
      .regex(/^(?![-/])(?!.*(^|\/)\.\.(\/|$))[^\0]*$/, 'must be a folder of the recipe, oci://…, or the name of a chart')
      .describe('folder of the recipe, `oci://…`, or the name of a chart in `repository`'),
    repository: z.url({ protocol: /^https?$/ }).optional(),
    version: z.string().min(1).max(64).optional(),
    release: name.optional().describe('the name of the resource if not given'),
    values: z.record(z.string(), z.unknown()).default({}),
    valuesFiles: z.array(path).max(32).default([]),
    includeCrds: z.boolean().default(true),
  })
  .refine(({ chart, repository, version }) => (!chart.startsWith('oci://') && repository === undefined) || version !== undefined, {
    path: ['version'],
    error: 'must be given for a chart that is not in the recipe, so that the same is applied twice',
  });
export type HelmSpec = z.infer<typeof HelmSpec>;
export type AppliedSpec = Pick<KubectlSpec, keyof typeof common>;
