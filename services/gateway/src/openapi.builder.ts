import { Event } from '@klevr/contracts/event';
import type { INestApplication } from '@nestjs/common';
import { DocumentBuilder, type OpenAPIObject, type SchemaObject, SwaggerModule } from '@nestjs/swagger';
import { z } from 'zod';
import { Problem } from './http/problem.js';

export const apiPrefix = 'api/v1';

/** The OpenAPI document of the routes that the application has. */
export function describeApi(app: INestApplication): OpenAPIObject {
  const config = new DocumentBuilder()
    .setOpenAPIVersion('3.1.0')
    .setTitle('Klevr')
    .setVersion('v1')
    .setDescription('Runs work on hosts that nobody can reach directly.')
    .addBearerAuth({ type: 'http', scheme: 'bearer', description: 'The token of a session' })
    .build();
  const operationIdFactory = (controller: string, method: string): string =>
    `${controller.replace(/Controller$/, '').toLowerCase()}_${method}`;
  const document = SwaggerModule.createDocument(app, config, { operationIdFactory });
  const schemas = { ...document.components?.schemas, Problem: schemaOf(Problem), Event: schemaOf(Event) };
  return { ...document, components: { ...document.components, schemas } };
}

/** Of what no route names as its body or answer: the document tells of it in words. */
function schemaOf(schema: z.ZodType): SchemaObject {
  const { $schema: _dialect, ...described } = z.toJSONSchema(schema);
  return described as SchemaObject;
}
