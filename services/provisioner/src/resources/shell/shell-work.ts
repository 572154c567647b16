import { AppError } from '@klevr/contracts/errors';
import { ShellSpec } from '@klevr/drivers/shell/shell-spec';
import { renderOutputs, renderSpec, type RenderedResource } from '@klevr/recipes/render';
import { Secret } from '@klevr/recipes/secret';
import type { OpenRecipe } from '../recipe-shelf.js';

/** What is to be run. `status`: what a refresh asks. */
export type Stage = 'plan' | 'apply' | 'destroy' | 'status';

/** A recipe of scripts, with the values of a resource. */
export interface ShellWork {
  readonly spec: ShellSpec;
  /** Undefined where the recipe has none, which is allowed of plans alone. */
  script(stage: Stage): string | undefined;
  /** Of what status told; none where they cannot be told. */
  outputs(observed: Readonly<Record<string, unknown>>): Record<string, unknown>;
}

/** The centre has no secrets of zones; the engine of tasks seals them to the agent. */
const standIn = 'known to the agent alone';

export const shellWorkOf = (
  { manifest, files }: OpenRecipe,
  parameters: Readonly<Record<string, unknown>>,
  resource: RenderedResource,
): ShellWork => {
  const rendered = renderSpec({ manifest, parameters, resource, secrets: { get: () => standIn } });
  if ('faults' in rendered) throw faulty(rendered.faults);
  const { data: spec, error } = ShellSpec.safeParse(rendered.value);
  if (spec === undefined) throw faulty(error.issues.map(({ path, message }) => ({ path: ['spec', ...path].join('.'), message })));
  const mixed = Object.entries({ ...spec.environment, ...spec.secretFiles }).filter(([, value]) => isMixed(value));
  if (mixed.length > 0)
    throw faulty(mixed.map(([name]) => ({ path: name, message: 'must be the credential itself, as `{fromCredential: name}`' })));
  return {
    spec,
    script: (stage) => files.find(({ path }) => path === spec.scripts[stage])?.data.toString('utf8'),
    outputs: (observed) => {
      const told = renderOutputs({ manifest, parameters, resource, observed });
      return 'value' in told ? told.value : {};
    },
  };
};

/** A text that was put together with a secret, or a value with one somewhere inside, cannot be handed over by name. */
const isMixed = (value: unknown): boolean => {
  if (value instanceof Secret) return value.reveal() !== standIn;
  return typeof value === 'object' && value !== null && Object.values(value).some((inner) => inner instanceof Secret || isMixed(inner));
};

const faulty = (errors: readonly { readonly path: string; readonly message: string }[]): AppError =>
  new AppError('BAD_REQUEST', 'The recipe cannot be carried out with these parameters', { errors: [...errors] });
