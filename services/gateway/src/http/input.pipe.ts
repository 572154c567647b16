import { type ArgumentMetadata, Injectable, type PipeTransform, StandardSchemaValidationPipe } from '@nestjs/common';
import { AppError, type Fault } from '@klevr/contracts/errors';
import type { z } from 'zod';
import { inputFaults } from './input-faults.js';
import { faultsOfThisRequest } from './request-context.hook.js';

class FaultyInput extends Error {
  constructor(readonly issues: readonly unknown[]) {
    super('faulty input');
  }
}

/**
 * Nest's validation by the schemas of the routes' parameters, with one difference: body, query and path of a request are judged together, so
 * that the answer names the faults of all of them.
 */
@Injectable()
export class InputPipe implements PipeTransform {
  private readonly standard = new StandardSchemaValidationPipe({ exceptionFactory: (issues) => new FaultyInput(issues) });

  async transform(value: unknown, metadata: ArgumentMetadata): Promise<unknown> {
    try {
      return await this.standard.transform(value, metadata);
    } catch (error) {
      if (!(error instanceof FaultyInput)) throw error;
      throw await this.problemWith(inputFaults(error.issues as z.core.$ZodIssue[], metadata.data === undefined ? [] : [metadata.data]));
    }
  }

  private async problemWith(found: readonly Fault[]): Promise<AppError> {
    const faults = faultsOfThisRequest() ?? [];
    faults.push(...found);
    // The schemas judge at once, so all parameters of this request have been judged when the event loop comes round.
    await new Promise<void>((resolve) => setImmediate(resolve));
    return new AppError('BAD_REQUEST', 'The request has faulty fields', { errors: [...faults] });
  }
}
