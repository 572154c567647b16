import fc from 'fast-check';
import type { ApiDocument, Schema } from './api-document.fixture.js';

/**
 * Values that a JSON Schema of the API document allows: any of them, edges included, but none that is long.
 * Times are within the next months, since many must be to come. Knows the words that the document uses; what a schema says besides of an object (`oneOf`, `minProperties`) is asked of the judge.
 */
export class SchemaValues {
  private readonly known = new Map<string, fc.Arbitrary<unknown>>();

  constructor(private readonly document: ApiDocument) {}

  of(schema: Schema): fc.Arbitrary<unknown> {
    if (typeof schema['$ref'] === 'string') return this.ofComponent(schema['$ref']);
    if ('const' in schema) return fc.constant(schema['const']);
    if (Array.isArray(schema['enum'])) return fc.constantFrom(...(schema['enum'] as unknown[]));
    if (schema['type'] === 'object') return this.ofObject(schema);
    const choices = listOf(schema['anyOf'] ?? schema['oneOf'] ?? schema['allOf']);
    if (choices.length > 0) return fc.oneof(...choices.map((one) => this.of(one)));
    if (Array.isArray(schema['type'])) return fc.oneof(...(schema['type'] as string[]).map((type) => this.of({ ...schema, type })));
    return this.ofType(schema);
  }

  private ofComponent(ref: string): fc.Arbitrary<unknown> {
    const known = this.known.get(ref) ?? this.of(this.document.component(ref));
    this.known.set(ref, known);
    return known;
  }

  private ofType(schema: Schema): fc.Arbitrary<unknown> {
    switch (schema['type']) {
      case 'string':
        return textOf(schema);
      case 'integer':
        return fc.integer({ min: lowest(schema, -1_000_000_000), max: highest(schema, 1_000_000_000) });
      case 'number':
        return fc.double({ min: lowest(schema, -1e9), max: highest(schema, 1e9), noNaN: true }).filter((n) => this.allowed(schema, n));
      case 'boolean':
        return fc.boolean();
      case 'null':
        return fc.constant(null);
      case 'array':
        return fc.array(this.of((schema['items'] ?? {}) as Schema), {
          minLength: numberOf(schema['minItems'], 0),
          maxLength: Math.min(numberOf(schema['maxItems'], 3), Math.max(3, numberOf(schema['minItems'], 0))),
        });
      default:
        return anything;
    }
  }

  private ofObject(schema: Schema): fc.Arbitrary<unknown> {
    const properties = Object.entries((schema['properties'] ?? {}) as Record<string, Schema>);
    const rest = schema['additionalProperties'];
    const object =
      properties.length === 0 && typeof rest === 'object' && rest !== null
        ? fc.dictionary(this.of({ type: 'string', ...((schema['propertyNames'] ?? {}) as Schema) }).map(String), this.of(rest as Schema), {
            maxKeys: 3,
            noNullPrototype: true,
          })
        : fc.record(Object.fromEntries(properties.map(([name, property]) => [name, this.of(property)])), {
            requiredKeys: listOf(schema['required']).map(String),
            noNullPrototype: true,
          });
    const judged = ['oneOf', 'anyOf', 'not', 'minProperties', 'propertyNames'].some((word) => word in schema);
    return judged ? object.filter((value) => this.allowed(schema, value)) : object;
  }

  private allowed(schema: Schema, value: unknown): boolean {
    return this.document.faultsOf(value, schema) === '';
  }
}

const listOf = (value: unknown): Schema[] => (Array.isArray(value) ? (value as Schema[]) : []);
const numberOf = (value: unknown, otherwise: number): number => (typeof value === 'number' ? value : otherwise);
const lowest = (schema: Schema, otherwise: number): number => numberOf(schema['minimum'] ?? schema['exclusiveMinimum'], otherwise);
const highest = (schema: Schema, otherwise: number): number => numberOf(schema['maximum'] ?? schema['exclusiveMaximum'], otherwise);

const anything = fc.jsonValue({ maxDepth: 2 }).filter((value) => !JSON.stringify(value).includes('__proto__'));
/** No text of the API has a NUL. */
const anyText = (minLength: number, maxLength: number): fc.Arbitrary<string> =>
  fc
    .oneof(fc.string({ minLength, maxLength }), fc.string({ unit: 'binary', minLength, maxLength: Math.max(minLength, maxLength >> 1) }))
    .filter((text) => !text.includes('\0'));

function textOf(schema: Schema): fc.Arbitrary<string> {
  const { format, pattern, examples } = schema;
  if (format === 'date-time')
    return fc.integer({ min: 3_600_000, max: 25_000_000_000 }).map((ms) => new Date(Date.now() + ms).toISOString());
  if (format === 'uri') return fc.webUrl({ validSchemes: ['http', 'https'] });
  // Nor can a text be made of a pattern that looks ahead.
  if (typeof pattern === 'string' && !pattern.includes('(?!')) {
    const maxLength = numberOf(schema['maxLength'], 100_000);
    return fc.stringMatching(new RegExp(pattern), { maxLength: 200 }).filter((text) => text.length <= maxLength && !text.includes('\0'));
  }
  // What no schema can say of a text, its examples show.
  if (Array.isArray(examples)) return fc.constantFrom(...(examples as string[]));
  const minLength = numberOf(schema['minLength'], 0);
  return anyText(minLength, Math.min(numberOf(schema['maxLength'], 30), Math.max(30, minLength)));
}
