import type { ErrorObject } from 'ajv';
import type { Fault } from '@klevr/contracts/errors';
import type { RecipeManifest } from '@klevr/contracts/recipe';
import { ParameterSchema, pathOf, sentence } from './parameter-schema.js';
import { messageOf } from './render.js';

export type CheckedParameters =
  | { readonly parameters: Readonly<Record<string, unknown>>; readonly credentials: readonly string[] }
  | { readonly faults: readonly Fault[] };

const mostBytes = 256 * 1024;

/**
 * Parameters as somebody gave them, filled with the defaults of the recipe. Every fault at once, with its path (`parameters.ports.0.host`).
 * `credentials`: every text that stands where the schema has `format: credential`, also in a branch of an `anyOf` that was not the one that fitted.
 */
export const checkParameters = (
  manifest: Pick<RecipeManifest, 'parameters'>,
  given: Readonly<Record<string, unknown>>,
): CheckedParameters => {
  const text = JSON.stringify(given);
  if (Buffer.byteLength(text) > mostBytes) return refused(`have more than ${mostBytes} bytes`);
  if (text.includes('"__proto__"')) return refused('must have no key __proto__');
  const schema = ParameterSchema.compile(manifest.parameters);
  if ('faults' in schema) return refused('cannot be checked, as the schema of the recipe is faulty');
  try {
    const parameters = JSON.parse(text) as Record<string, unknown>;
    const { credentials, errors } = schema.check(parameters);
    return errors.length === 0 ? { parameters, credentials } : { faults: errors.map(faultOf) };
  } catch (error) {
    return refused(`cannot be checked: ${messageOf(error)}`);
  }
};

export const faultOf = (error: ErrorObject): Fault => {
  const params = error.params as Record<string, unknown>;
  const at = (...names: unknown[]): string => ['parameters', ...pathOf(error.instancePath), ...names.map(String)].join('.');
  if (error.keyword === 'required') return { path: at(params['missingProperty']), message: 'is missing' };
  const unknown = params['additionalProperty'] ?? params['unevaluatedProperty'];
  if (unknown !== undefined) return { path: at(unknown), message: 'is not a parameter of the recipe' };
  return { path: at(), message: sentence(error) };
};

const refused = (message: string): CheckedParameters => ({ faults: [{ path: 'parameters', message }] });
