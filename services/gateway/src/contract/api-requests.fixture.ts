import fc from 'fast-check';
import type { ApiDocument, Operation, Parameter } from './api-document.fixture.js';
import { SchemaValues } from './schema-values.fixture.js';

/** A request that the document allows, or one that was made of such. */
export interface ApiRequest {
  readonly operation: Operation;
  readonly path: Readonly<Record<string, string>>;
  readonly query: readonly (readonly [name: string, value: string])[];
  readonly headers: Readonly<Record<string, string>>;
  /** Undefined: there is none. */
  readonly body?: unknown;
  /** In place of `body`, as it is. */
  readonly text?: string;
}

/** Requests that the document allows, from every field that may be there to none. */
export class ApiRequests {
  private readonly values: SchemaValues;

  constructor(private readonly document: ApiDocument) {
    this.values = new SchemaValues(document);
  }

  of(operation: Operation): fc.Arbitrary<ApiRequest> {
    // A cursor is what an answer told; no schema can say which.
    const among = (place: string): Parameter[] => operation.parameters.filter((one) => one.in === place && one.name !== 'cursor');
    const schema = this.document.bodyOf(operation);
    const body = schema === undefined ? fc.constant(undefined) : this.values.of(schema);
    return fc
      .record({
        path: this.parameters(among('path')),
        query: this.parameters(among('query')),
        headers: this.parameters(among('header')),
        body,
      })
      .map(({ path, query, headers, body: content }) => ({
        operation,
        path,
        query: Object.entries(fitting(operation, query)),
        headers: Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value])),
        ...(content === undefined ? {} : { body: content }),
      }));
  }

  private parameters(parameters: readonly Parameter[]): fc.Arbitrary<Record<string, string>> {
    const entries = parameters.map(({ name, schema, example }) => {
      const shown = typeof example === 'string' && !('examples' in schema) ? { ...schema, examples: [example] } : schema;
      return [name, this.values.of(shown).map(String)] as const;
    });
    const requiredKeys = parameters.filter((one) => one.in === 'path' || one.required === true).map(({ name }) => name);
    return fc.record(Object.fromEntries(entries), { requiredKeys, noNullPrototype: true }) as fc.Arbitrary<Record<string, string>>;
  }
}

/** What the description of `readRunLogs` says of its fields together, and no schema of parameters can. */
function fitting({ operationId }: Operation, query: Record<string, string>): Record<string, string> {
  if (operationId !== 'readRunLogs') return query;
  const { timestamps, lastEventId, ...rest } = query;
  if (rest['follow'] === 'true') return { ...rest, ...(lastEventId === undefined ? {} : { lastEventId }) };
  return { ...rest, ...(timestamps === undefined ? {} : { timestamps }) };
}
