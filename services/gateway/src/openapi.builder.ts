import type { INestApplication } from '@nestjs/common';
import { DocumentBuilder, type OpenAPIObject, SwaggerModule } from '@nestjs/swagger';
import { Problem } from './http/problem.js';
import { ApiExamples } from './openapi.examples.js';
import { operationIdOf } from './openapi.names.js';
import { ApiOperations, type Operation, type Schema } from './openapi.operations.js';
import { ApiSchemas } from './openapi.schemas.js';
import { headers, parameters } from './openapi.shared.js';
import { tags } from './openapi.tags.js';

export const apiPrefix = 'api/v1';

const about = `Runs work on hosts that nobody can reach directly.

Every answer that is not 2xx is a problem (RFC 9457) with a \`code\`; a bad request names every fault at once. Lists are pages: \`limit\` says how many
items, \`nextCursor\` of one page is \`cursor\` of the next, and is null at the end. Times are ISO 8601 in UTC with milliseconds. A POST can be repeated with
the same \`Idempotency-Key\`; a change can be bound to what was read by \`If-Match\`. Answers may gain fields.`;

/** The OpenAPI document of the routes that the application has: from the schemas that validate, and the table that says who may call. */
export function describeApi(app: INestApplication): OpenAPIObject {
  const schemas = new ApiSchemas();
  const operations = new ApiOperations((schema) => schemas.reference(schema, 'output'));
  const raw = SwaggerModule.createDocument(app, new DocumentBuilder().build(), {
    operationIdFactory: operationIdOf,
    standardSchemaConverter: schemas.converter,
  });
  const paths = operations.complete(raw.paths);
  schemas.reference(Problem, 'output');
  const document = schemas.complete({
    openapi: '3.1.0',
    info: { title: 'Klevr', version: 'v1', description: about, license: { name: 'Apache-2.0', identifier: 'Apache-2.0' } },
    servers: [{ url: '/', description: 'The gateway that serves this document' }],
    tags: usedTags(paths),
    security: [{ bearer: [] }],
    paths,
    components: {
      securitySchemes: {
        bearer: { type: 'http', scheme: 'bearer', description: 'The token of a session (`POST /sessions`), or an API token' },
      },
      parameters,
      headers,
      responses: sorted(operations.responses),
    },
  });
  return withExamples(document as unknown as OpenAPIObject);
}

const operationsOf = (paths: OpenAPIObject['paths']): Operation[] =>
  Object.values(paths).flatMap((item) => Object.values(item) as Operation[]);

function usedTags(paths: OpenAPIObject['paths']): { name: string; description: string }[] {
  const used = new Set(operationsOf(paths).flatMap((operation) => operation.tags ?? []));
  const unknown = [...used].filter((name) => tags[name] === undefined);
  if (unknown.length > 0) throw new TypeError(`nothing describes the tag ${unknown.join(', ')}`);
  return Object.entries(tags)
    .filter(([name]) => used.has(name))
    .map(([name, description]) => ({ name, description }));
}

/** What can be told only when every schema is known: examples, and which bodies need not be there. */
function withExamples(document: OpenAPIObject): OpenAPIObject {
  const examples = new ApiExamples((document.components?.schemas ?? {}) as Record<string, Schema>);
  for (const { requestBody, responses } of operationsOf(document.paths)) {
    if (requestBody !== undefined) requestBody.required = !examples.hasDefault(requestBody.content['application/json']?.schema);
    examples.addTo(requestBody?.content);
    for (const response of Object.values(responses)) examples.addTo(response.content);
  }
  return document;
}

const sorted = <T>(record: Record<string, T>): Record<string, T> =>
  Object.fromEntries(Object.entries(record).sort(([a], [b]) => (a < b ? -1 : 1)));
