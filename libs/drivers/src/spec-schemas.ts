import type { DriverName } from '@klevr/contracts/recipe';
import type { z } from 'zod';
import { HelmSpec, KubectlSpec } from './kubernetes/kubernetes-spec.js';
import { PretendSpec } from './pretend/pretend-spec.js';
import { DockerSpec } from './docker/docker-spec.js';
import { LibvirtSpec } from './libvirt/libvirt-spec.js';
import { PrometheusSpec } from './prometheus/prometheus-spec.js';
import { sectionFaults, type SectionFault } from './read-section.js';
import { missingScripts, ShellSpec } from './shell/shell-spec.js';
import { TerraformSpec } from './terraform/terraform-spec.js';

/**
 * What each driver takes as a recipe's `spec`, once it is rendered. So that a recipe can be checked where no engine is: keep what is imported here free of
 * clients of engines. A driver without a schema here is checked by itself only, when it opens a resource.
 */
const specSchemas: Partial<Record<DriverName, z.ZodType>> = {
  docker: DockerSpec,
  libvirt: LibvirtSpec,
  prometheus: PrometheusSpec,
  terraform: TerraformSpec,
  pretend: PretendSpec,
  kubectl: KubectlSpec,
  helm: HelmSpec,
  shell: ShellSpec,
};

/** Every fault of a rendered section, with its path inside of it; of the recipe's files too where they are given. */
export const checkSpec = (
  driver: DriverName,
  spec: Readonly<Record<string, unknown>>,
  files?: readonly string[],
): readonly SectionFault[] => {
  const parsed = specSchemas[driver]?.safeParse(spec);
  if (parsed === undefined || parsed.success) return driver === 'shell' && files !== undefined ? missingScripts(spec, files) : [];
  return sectionFaults(parsed.error);
};
