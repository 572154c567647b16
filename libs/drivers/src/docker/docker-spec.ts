import { Secret } from '@klevr/recipes/secret';
import { z } from 'zod';
import type { SectionFault } from '../read-section.js';
import { DockerContainer } from './docker-container-spec.js';

/** The section of a recipe for the docker driver. What is not given is as the engine has it by default, unless the field says otherwise. */
export const partName = z
  .string()
  .regex(/^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/, 'must be 1 to 63 lower-case letters, digits and inner hyphens')
  .refine((name) => !name.endsWith('klevr-old'), 'must not end with klevr-old, which names containers that are being replaced');
const text = z.string().min(1).max(4096);
const labels = z
  .record(z.string().min(1).max(255), z.string().max(4096))
  .refine((given) => !Object.keys(given).some((key) => key.startsWith('klevr.')), 'labels that start with klevr. belong to Klevr');
const options = z.record(z.string().min(1).max(255), z.string().max(4096));

const Pull = z.strictObject({
  pull: text.describe('a reference with a tag or, better, a digest; taken from a registry where the engine does not have it'),
  auth: z.strictObject({ username: text, password: z.union([z.instanceof(Secret), text]) }).optional(),
});
const Build = z.strictObject({
  build: z.strictObject({
    context: z
      .string()
      .max(1024)
      .default('.')
      .describe('a folder of the recipe; files in it that end in .liquid are rendered and lose that ending'),
    dockerfile: z.string().min(1).max(1024).default('Dockerfile').describe('in the context'),
    args: z
      .record(z.string().min(1).max(255), z.string().max(4096))
      .default({})
      .describe('seen by everybody who has the image: never a secret'),
    target: text.optional(),
    network: z.enum(['default', 'host', 'none']).default('default').describe('what commands of the build reach'),
  }),
});
const Import = z.strictObject({
  import: z.union([
    z.strictObject({ file: text.describe('a tar of a root file system in the recipe') }),
    z.strictObject({
      path: z.string().startsWith('/').max(4096).describe('the same on the host of the worker'),
      sha256: z.string().regex(/^[0-9a-f]{64}$/),
    }),
    z.strictObject({ url: z.url({ protocol: /^https?$/ }), sha256: z.string().regex(/^[0-9a-f]{64}$/) }),
  ]),
});
const Network = z.strictObject({
  driver: z.string().min(1).max(64).default('bridge'),
  internal: z.boolean().default(false).describe('reaches nothing outside'),
  subnet: z.union([z.cidrv4(), z.cidrv6()]).optional(),
  gateway: z.union([z.ipv4(), z.ipv6()]).optional(),
  options: options.default({}),
  labels: labels.default({}),
});
const Volume = z.strictObject({
  data: z.boolean().default(true).describe('kept when the resource is destroyed, unless that is asked for as well'),
  driver: z.string().min(1).max(64).default('local'),
  options: options.default({}),
  labels: labels.default({}),
});

const Sections = z.strictObject({
  images: z.record(partName, z.union([Pull, Build, Import])).default({}),
  networks: z.record(partName, Network).default({}),
  volumes: z.record(partName, Volume).default({}),
  containers: z.record(partName, DockerContainer).default({}),
});
export type DockerSpec = z.infer<typeof Sections>;
export type ImageSpec = DockerSpec['images'][string];
export type NetworkSpec = DockerSpec['networks'][string];
export type VolumeSpec = DockerSpec['volumes'][string];
export type ContainerSpec = DockerSpec['containers'][string];

/** A field that is null is not given, so that a template can leave one out. */
const given = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(given);
  if (typeof value !== 'object' || value === null || value instanceof Secret) return value;
  return Object.fromEntries(Object.entries(value).flatMap(([key, inner]) => (inner === null ? [] : [[key, given(inner)]])));
};

const Checked = Sections.superRefine((spec, context) => {
  for (const { path, message } of crossFaults(spec)) context.addIssue({ code: 'custom', path: path.split('.'), message });
});

export const DockerSpec = z.preprocess(given, Checked);

/** Containers name networks, volumes and each other. */
const crossFaults = (spec: DockerSpec): SectionFault[] =>
  Object.entries(spec.containers).flatMap(([name, container]) => {
    const at = (path: string, message: string): SectionFault => ({ path: `containers.${name}.${path}`, message });
    const faults: SectionFault[] = [];
    for (const [index, { network }] of container.networks.entries())
      if (spec.networks[network] === undefined) faults.push(at(`networks.${index}`, `there is no network ${network} in this recipe`));
    for (const [index, mount] of container.mounts.entries())
      if ('volume' in mount && spec.volumes[mount.volume] === undefined)
        faults.push(at(`mounts.${index}.volume`, `there is no volume ${mount.volume} in this recipe`));
    for (const [index, other] of container.dependsOn.entries())
      if (spec.containers[other] === undefined) faults.push(at(`dependsOn.${index}`, `there is no container ${other} in this recipe`));
    if (container.networkMode !== undefined && (container.networks.length > 0 || container.ports.length > 0))
      faults.push(at('networkMode', 'leaves no room for networks or ports'));
    if (container.readonlyRootfs === true)
      for (const [index, { path }] of container.files.entries())
        if (!container.mounts.some((mount) => 'volume' in mount && !mount.readonly && path.startsWith(`${mount.path}/`)))
          faults.push(at(`files.${index}.path`, 'must lie in a volume that may be written, as the root file system may not'));
    if (reaches(spec, name, name)) faults.push(at('dependsOn', 'leads back to the container itself'));
    return faults;
  });

const reaches = (spec: DockerSpec, from: string, to: string, seen = new Set<string>()): boolean =>
  (spec.containers[from]?.dependsOn ?? []).some((next) => {
    if (next === to) return true;
    if (seen.has(next)) return false;
    seen.add(next);
    return reaches(spec, next, to, seen);
  });
