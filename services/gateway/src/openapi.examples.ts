import { engineExamples } from './openapi.engine-examples.js';
import { fleetExamples } from './openapi.fleet-examples.js';
import { peopleExamples } from './openapi.people-examples.js';
import { provisioningExamples } from './openapi.provisioning-examples.js';
import { trustExamples } from './openapi.trust-examples.js';
import type { Schema } from './openapi.operations.js';

/**
 * One whole example of everything that goes in or out. What has a component is told by its name in the tables of examples (or by its own `examples`);
 * the rest follows from the schemas: a page has one item, an absent example is the default or the first of the values.
 */
export class ApiExamples {
  constructor(private readonly schemas: Readonly<Record<string, Schema>>) {}

  /** Sets the example of every JSON body and answer that has none. */
  addTo(content: Record<string, { schema?: Schema; example?: unknown }> | undefined): void {
    const media = content?.['application/json'];
    if (media?.schema === undefined || media.example !== undefined) return;
    media.example = this.of(media.schema);
  }

  hasDefault(schema: Schema | undefined): boolean {
    const name = nameOf(schema ?? {});
    return schema?.['default'] !== undefined || (name !== undefined && this.schemas[name]?.['default'] !== undefined);
  }

  of(schema: Schema): unknown {
    const name = nameOf(schema);
    if (name !== undefined) return examples[name] ?? this.of(this.schemas[name] ?? {});
    for (const given of [list(schema['examples'])[0], schema['example'], schema['const'], list(schema['enum'])[0]])
      if (given !== undefined) return given;
    if (schema['default'] !== undefined && schema['type'] !== 'object') return schema['default'];
    const [first] = [...list(schema['anyOf']), ...list(schema['oneOf']), ...list(schema['allOf'])];
    if (first !== undefined) return this.of(first as Schema);
    return this.ofType(schema);
  }

  private ofType(schema: Schema): unknown {
    const type = Array.isArray(schema['type']) ? (schema['type'] as unknown[])[0] : schema['type'];
    switch (type) {
      case 'object':
        return this.ofObject(schema);
      case 'array':
        return schema['items'] === undefined ? [] : [this.of(schema['items'] as Schema)];
      case 'integer':
      case 'number':
        return schema['minimum'] ?? 1;
      case 'boolean':
        return true;
      case 'null':
        return null;
      default:
        return 'text';
    }
  }

  private ofObject(schema: Schema): unknown {
    const required = new Set(list(schema['required']));
    const properties = Object.entries((schema['properties'] ?? {}) as Record<string, Schema>).filter(([name]) => required.has(name));
    return Object.fromEntries(properties.map(([name, property]) => [name, name === 'nextCursor' ? null : this.of(property)]));
  }
}

const nameOf = ({ $ref }: Schema): string | undefined => (typeof $ref === 'string' ? $ref.split('/').at(-1) : undefined);

const list = (value: unknown): unknown[] => (Array.isArray(value) ? (value as unknown[]) : []);

const examples: Readonly<Record<string, unknown>> = {
  ...fleetExamples,
  ...peopleExamples,
  ...trustExamples,
  ...engineExamples,
  ...provisioningExamples,
};
