import { applyDecorators } from '@nestjs/common';
import type { ErrorCode } from '@klevr/contracts/errors';
import { ApiBearerAuth, ApiExtension, ApiHeader, ApiOperation, ApiResponse } from '@nestjs/swagger';
import type { z } from 'zod';

/** Where a route's own codes stand until the document is complete. */
export const ownProblems = 'x-klevr-problems';

/**
 * Describes a route for the API document: what it does and what it answers with. Its first clause is the summary. What follows from its method, its
 * rule and its headers (who may call it, the usual problems) is added by the document itself; `problems` are the codes that only this route has.
 */
export const PublicAnswers = (
  status: number,
  schema: z.ZodType | undefined,
  text: string,
  problems: readonly ErrorCode[] = [],
): MethodDecorator =>
  applyDecorators(
    ApiOperation({ description: text }),
    ApiExtension(ownProblems, problems),
    ApiResponse({ status, description: 'Done', ...(schema === undefined ? {} : { standardSchema: schema }) }),
  );

/** The same for a route that needs a session. */
export const Answers = (
  status: number,
  schema: z.ZodType | undefined,
  text: string,
  problems: readonly ErrorCode[] = [],
): MethodDecorator => applyDecorators(PublicAnswers(status, schema, text, problems), ApiBearerAuth());

/** The same for a route that heeds `Idempotency-Key`. */
export const IdempotentAnswers = (
  status: number,
  schema: z.ZodType | undefined,
  text: string,
  problems: readonly ErrorCode[] = [],
): MethodDecorator =>
  applyDecorators(
    Answers(status, schema, text, problems),
    ApiHeader({
      name: 'Idempotency-Key',
      required: false,
      description: 'Makes a repeated request answer as the first one did; with another request it is 409',
      schema: { type: 'string', minLength: 1, maxLength: 255, pattern: '^[\\x21-\\x7e]+$' },
      example: '5f0c5d0e-3f0b-4a1c-9a53-0b7c3f1f0c11',
    }),
  );
