import type { StandardSchemaConverter } from '@nestjs/swagger';
import { z } from 'zod';

/**
 * The JSON Schemas of the document, made from the zod schemas that validate.
 *
 * Promises: what has an id (`.meta({ id })`) is told once, as a component of that name; where what is sent and what is answered differ (a field with a
 * default need not be sent, but is always answered), the former is `<id>Input`.
 * Does not tell what JSON Schema has no word for: a `refine` needs its words in the `meta` beside it.
 */
type JsonSchema = z.core.JSONSchema.BaseSchema;
type Direction = 'input' | 'output';

const refsTo = '#/components/schemas/';
/** Which of both is meant is known only when all are known: until then a reference says so. */
const marked = /#\/components\/schemas\/([A-Za-z0-9]+)@(input|output)/g;
const anyInteger = 9_007_199_254_740_991;

export class ApiSchemas {
  private readonly found: Record<Direction, Map<string, JsonSchema>> = { input: new Map(), output: new Map() };

  readonly converter: StandardSchemaConverter = (schema, { schemaType }) =>
    schema instanceof z.ZodType ? { schema: this.reference(schema, schemaType) } : undefined;

  /** The schema with references in place of what has an id. */
  reference(schema: z.ZodType, direction: Direction): JsonSchema {
    const {
      $schema: _dialect,
      $defs = {},
      ...described
    } = z.toJSONSchema(schema, { io: direction, unrepresentable: 'any', override: plain });
    for (const [id, definition] of Object.entries($defs)) this.found[direction].set(id, mark(definition, direction));
    return mark(described as JsonSchema, direction);
  }

  /** The whole document with its components, every reference in it final. */
  complete<T extends { components: object }>(document: T): T {
    const { input, output } = this.found;
    const differing = this.differing();
    const nameOf = (id: string, direction: string): string => (direction === 'input' && differing.has(id) ? `${id}Input` : id);
    const entries = [
      ...[...output].map(([id, schema]) => [nameOf(id, 'output'), schema] as const),
      ...[...input].map(([id, schema]) => [nameOf(id, 'input'), schema] as const),
    ];
    const schemas = Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : 1)));
    const whole = { ...document, components: { ...document.components, schemas } };
    return JSON.parse(
      JSON.stringify(whole).replaceAll(marked, (_match, id: string, direction: string) => `${refsTo}${nameOf(id, direction)}`),
    ) as T;
  }

  /** Ids whose two schemas are not the same, or lead to such. */
  private differing(): ReadonlySet<string> {
    const { input, output } = this.found;
    const both = [...input.keys()].filter((id) => output.has(id));
    const text = (id: string, direction: Direction): string => JSON.stringify(this.found[direction].get(id));
    const unmarked = (id: string, direction: Direction): string => text(id, direction).replaceAll(marked, '$1');
    const differing = new Set(both.filter((id) => unmarked(id, 'input') !== unmarked(id, 'output')));
    for (let before = -1; before !== differing.size;) {
      before = differing.size;
      for (const id of both) {
        const leadsTo = [...text(id, 'input').matchAll(marked)].map(([, other = '']) => other);
        if (leadsTo.some((other) => differing.has(other))) differing.add(id);
      }
    }
    return differing;
  }
}

const mark = (schema: JsonSchema, direction: Direction): JsonSchema =>
  JSON.parse(JSON.stringify(schema), (key, value: unknown) =>
    key === '$ref' && typeof value === 'string' ? `${value.replace('#/$defs/', refsTo)}@${direction}` : value,
  ) as JsonSchema;

/** Without what nobody reads: zod's pattern of every date there ever was, and the bounds of any integer. */
function plain({ jsonSchema }: { jsonSchema: JsonSchema }): void {
  if (jsonSchema.format === 'date-time') jsonSchema.pattern = '^\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d\\.\\d{3}Z$';
  if (jsonSchema.minimum === -anyInteger) delete jsonSchema.minimum;
  if (jsonSchema.maximum === anyInteger) delete jsonSchema.maximum;
}
