import { applyDecorators } from '@nestjs/common';
import { ApiBearerAuth, ApiHeader, ApiOperation, ApiResponse } from '@nestjs/swagger';
import type { z } from 'zod';

/** Describes a route for the API document: what it does, what it answers with, and that everything else is a problem. */
export const PublicAnswers = (status: number, schema: z.ZodType | undefined, summary: string): MethodDecorator =>
  applyDecorators(
    ApiOperation({ summary }),
    ApiResponse({ status, description: 'Done', ...(schema === undefined ? {} : { standardSchema: schema }) }),
    ApiResponse({
      status: 'default',
      description: 'A problem (RFC 9457); its code is one of the table of error codes',
      content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
    }),
  );

/** The same for a route that needs a session. */
export const Answers = (status: number, schema: z.ZodType | undefined, summary: string): MethodDecorator =>
  applyDecorators(PublicAnswers(status, schema, summary), ApiBearerAuth());

/** The same for a route that heeds `Idempotency-Key`. */
export const IdempotentAnswers = (status: number, schema: z.ZodType | undefined, summary: string): MethodDecorator =>
  applyDecorators(
    Answers(status, schema, summary),
    ApiHeader({
      name: 'Idempotency-Key',
      required: false,
      description: 'Makes a repeated request answer as the first one did; with another request it is 409',
      schema: { type: 'string', minLength: 1, maxLength: 255 },
    }),
  );
