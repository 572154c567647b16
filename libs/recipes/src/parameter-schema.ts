import type { ErrorObject, ValidateFunction } from 'ajv';
import { Ajv2020 } from 'ajv/dist/2020.js';
import formats from 'ajv-formats';
import { CredentialName } from '@klevr/contracts/credential';
import { bounded } from './bounded.js';
import type { Path } from './yaml-source.js';

export type Schema = Readonly<Record<string, unknown>>;

export interface SchemaFault {
  readonly path: Path;
  readonly message: string;
}

const mostNodes = 10_000;

/**
 * The JSON Schema (2020-12) of a recipe's parameters.
 * Promises: it is complete in itself, nothing is fetched; a keyword, format or default that would be ignored is a fault. What is not declared is refused unless the
 * schema speaks of `additionalProperties`, `unevaluatedProperties` or `patternProperties` itself. Its patterns are JavaScript's, and may run away: `bounded` ends them.
 */
export class ParameterSchema {
  private constructor(
    private readonly validate: ValidateFunction,
    private readonly named: Set<string>,
  ) {}

  static compile(schema: Schema): ParameterSchema | { readonly faults: SchemaFault[] } {
    const faults = faultsOfTree(schema);
    if (faults.length > 0) return { faults };
    const named = new Set<string>();
    const ajv = engine(named);
    try {
      return bounded(() => {
        if (ajv.validateSchema(schema) !== true) {
          return {
            faults: firstOfEach(ajv.errors ?? []).map((error) => ({ path: pathOf(error.instancePath), message: sentence(error) })),
          };
        }
        return new ParameterSchema(ajv.compile(closed(schema)), named);
      });
    } catch (error) {
      const message = error instanceof RangeError ? 'is nested too deeply' : error instanceof Error ? error.message : String(error);
      return { faults: [{ path: placeOf(schema, message), message: message.slice(0, 1_000) }] };
    }
  }

  /** `parameters` is filled with defaults in place. */
  check(parameters: Record<string, unknown>): { readonly credentials: string[]; readonly errors: readonly ErrorObject[] } {
    return bounded(() => {
      this.named.clear();
      const fits = this.validate(parameters);
      return { credentials: [...this.named].toSorted(), errors: fits ? [] : (this.validate.errors ?? []).slice(0, 100) };
    });
  }
}

export const sentence = ({ keyword, params, message }: ErrorObject): string => {
  const of = params as Record<string, unknown>;
  if (keyword === 'enum')
    return `must be one of ${(of['allowedValues'] as unknown[]).map((value) => JSON.stringify(value)).join(', ')}`.slice(0, 500);
  if (keyword === 'const') return `must be ${JSON.stringify(of['allowedValue'])}`;
  if (keyword === 'format' && of['format'] === 'credential') return 'must be the name of a credential';
  return message ?? 'does not fit the schema';
};

export const pathOf = (pointer: string): string[] =>
  pointer
    .split('/')
    .slice(1)
    .map((part) => decodeURIComponent(part).replaceAll('~1', '/').replaceAll('~0', '~'));

/** One place has several of them where none of several schemas fits. */
const firstOfEach = (errors: readonly ErrorObject[]): ErrorObject[] => {
  const places = new Set<string>();
  return errors.filter(({ instancePath }) => !places.has(instancePath) && places.add(instancePath)).slice(0, 100);
};

const engine = (named: Set<string>): Ajv2020 => {
  const ajv = new Ajv2020({
    ...{ strict: true, strictTypes: true, strictTuples: true, strictRequired: false, allowUnionTypes: true, allowMatchingProperties: true },
    ...{ allErrors: true, useDefaults: true, ownProperties: true, logger: false },
  });
  formats.default(ajv);
  ajv.addFormat('credential', {
    type: 'string',
    validate: (text: string) => {
      const fits = CredentialName.safeParse(text).success;
      if (fits) named.add(text);
      return fits;
    },
  });
  return ajv;
};

const closed = (schema: Schema): Schema =>
  ['additionalProperties', 'unevaluatedProperties', 'patternProperties'].some((keyword) => keyword in schema)
    ? schema
    : { ...schema, unevaluatedProperties: false };

/** What the library would take, or would take for something else. */
const faultsOfTree = (schema: Schema): SchemaFault[] => {
  const faults: SchemaFault[] = [];
  let nodes = 0;
  const inside = (node: unknown, path: Path): void => {
    if (++nodes > mostNodes || path.length > 64 || typeof node !== 'object' || node === null) return;
    for (const [key, value] of Object.entries(node)) {
      const at = [...path, key];
      const refuse = (message: string): unknown => faults.push({ path: at, message });
      if ((key === '$ref' || key === '$dynamicRef') && typeof value === 'string' && !value.startsWith('#')) {
        refuse('leads out of the schema; only references that begin with # are possible');
      }
      if (key === '$id' && typeof value === 'string') refuse('is not possible here');
      if (key === '$async') refuse('is not possible here');
      if (key === '$schema' && value !== 'https://json-schema.org/draft/2020-12/schema') {
        refuse('must be https://json-schema.org/draft/2020-12/schema');
      }
      inside(value, at);
    }
  };
  inside(schema, []);
  if (nodes > mostNodes) faults.push({ path: [], message: `has more than ${mostNodes} values` });
  return faults.slice(0, 100);
};

/** The library names a place in some of its messages, and a keyword in others. */
const placeOf = (schema: Schema, message: string): Path => {
  const place = /(?:path|at) "([^"]*#[^"]*)"/.exec(message)?.[1];
  if (place !== undefined) return pathOf(place.slice(place.indexOf('#') + 1));
  const found = /keyword:? "([^"]+)"|reference (#\S+)|^Invalid regular expression: \/(.*)\/u: /s.exec(message);
  const wanted = found?.slice(1).find((text) => text !== undefined);
  return wanted === undefined ? [] : (find(schema, wanted, []) ?? []);
};

const find = (node: unknown, wanted: string, path: Path): Path | undefined => {
  if (typeof node !== 'object' || node === null) return undefined;
  for (const [key, value] of Object.entries(node) as [string, unknown][]) {
    if (key === wanted || value === wanted) return [...path, key];
    const inner = find(value, wanted, [...path, key]);
    if (inner !== undefined) return inner;
  }
  return undefined;
};
