import { applyDecorators } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiResponse } from '@nestjs/swagger';
import type { z } from 'zod';

/** Describes a route for the API document: what it does, what it answers with, and that everything else is a problem. */
export const Answers = (status: number, schema: z.ZodType | undefined, summary: string): MethodDecorator =>
  applyDecorators(
    ApiOperation({ summary }),
    ApiBearerAuth(),
    ApiResponse({ status, description: 'Done', ...(schema === undefined ? {} : { standardSchema: schema }) }),
    ApiResponse({
      status: 'default',
      description: 'A problem (RFC 9457); its code is one of the table of error codes',
      content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
    }),
  );
