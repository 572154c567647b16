import { Ajv2020 } from 'ajv/dist/2020.js';
import formats from 'ajv-formats';
import { openApiDocument } from '../openapi.document.js';

export type Schema = Readonly<Record<string, unknown>>;
export interface Media {
  readonly schema?: Schema;
  readonly example?: unknown;
  readonly examples?: Record<string, { value: unknown }>;
}
export interface Answer {
  readonly $ref?: string;
  readonly headers?: object;
  readonly content?: Record<string, Media>;
}
export interface Parameter {
  readonly $ref?: string;
  readonly name: string;
  readonly in: 'path' | 'query' | 'header';
  readonly required?: boolean;
  readonly schema: Schema;
  readonly example?: unknown;
}
export interface Operation {
  readonly method: string;
  /** As in the document, with `/api/v1` and `{id}`. */
  readonly path: string;
  readonly operationId: string;
  readonly summary: string;
  readonly description: string;
  readonly parameters: readonly Parameter[];
  readonly requestBody?: { readonly required: boolean; readonly content: Record<string, Media> };
  readonly responses: Readonly<Record<string, Answer>>;
  readonly 'x-klevr-access': { readonly kind: string; readonly role?: string };
}
interface Document {
  readonly paths: Record<string, Record<string, Omit<Operation, 'method' | 'path'>>>;
  readonly components: { readonly schemas: Record<string, Schema>; readonly responses: Record<string, Answer> };
}

/** The API document as a program outside reads it, and the judge of what is said by its schemas. */
export class ApiDocument {
  readonly operations: readonly Operation[];
  private readonly ajv = new Ajv2020({ strict: false, allErrors: true });

  private constructor(readonly text: Document) {
    formats.default(this.ajv);
    this.ajv.addSchema(text, 'klevr');
    this.operations = Object.entries(text.paths).flatMap(([path, item]) =>
      Object.entries(item).map(([method, operation]) => ({ ...operation, method: method.toUpperCase(), path })),
    );
  }

  static async read(): Promise<ApiDocument> {
    return new ApiDocument(JSON.parse(JSON.stringify(await openApiDocument())) as Document);
  }

  /** As the table of rules has it: `GET /zones/:zone`. */
  nameOf({ method, path }: Operation): string {
    return `${method} ${path.replace('/api/v1', '').replaceAll(/\{(\w+)\}/g, ':$1')}`;
  }

  component(ref: string): Schema {
    return this.text.components.schemas[ref.split('/').at(-1) ?? ''] ?? {};
  }

  answerOf({ responses }: Operation, status: number | string): Answer | undefined {
    const answer = responses[String(status)];
    return answer?.$ref === undefined ? answer : this.text.components.responses[answer.$ref.split('/').at(-1) ?? ''];
  }

  bodyOf({ requestBody }: Operation): Schema | undefined {
    const schema = requestBody?.content['application/json']?.schema;
    return typeof schema?.['$ref'] === 'string' ? this.component(schema['$ref']) : schema;
  }

  /** What is wrong with a value, in the words of the schema; empty for none. */
  faultsOf(value: unknown, schema: Schema): string {
    return this.ajv.validate(this.compiled(schema), value) ? '' : this.ajv.errorsText();
  }

  private readonly whole = new Map<Schema, Schema>();

  /** One object a schema, so that it is compiled once; references lead into the document. */
  private compiled(schema: Schema): Schema {
    const known = this.whole.get(schema);
    if (known !== undefined) return known;
    const whole = JSON.parse(JSON.stringify(schema).replaceAll('"#/components/', '"klevr#/components/')) as Schema;
    this.whole.set(schema, whole);
    return whole;
  }
}
