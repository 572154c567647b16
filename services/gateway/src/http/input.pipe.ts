import { type ArgumentMetadata, Injectable, type PipeTransform, StandardSchemaValidationPipe } from '@nestjs/common';
import type { z } from 'zod';
import { inputFaults } from './input-faults.js';
import { refusalOf } from './request-faults.js';
import { unsafeParts } from './unsafe-parts.js';

class FaultyInput extends Error {
  constructor(readonly issues: readonly unknown[]) {
    super('faulty input');
  }
}

/** Without the removal of reserved names: they are refused here, and walking through a large body once more takes long. */
class SchemaPipe extends StandardSchemaValidationPipe {
  protected override stripProtoKeys(): void {}
}

/**
 * Nest's validation by the schemas of the routes' parameters, with two differences: body, query and path of a request are judged together, so
 * that the answer names the faults of all of them; and what no part of the system could store or pass on is refused everywhere.
 */
@Injectable()
export class InputPipe implements PipeTransform {
  private readonly standard = new SchemaPipe({ exceptionFactory: (issues) => new FaultyInput(issues) });

  async transform(value: unknown, metadata: ArgumentMetadata): Promise<unknown> {
    if (metadata.schema === undefined) return value;
    const prefix = metadata.data === undefined ? [] : [metadata.data];
    const faults = unsafeParts(value, prefix);
    try {
      const checked: unknown = await this.standard.transform(value, metadata);
      if (faults.length === 0) return checked;
    } catch (error) {
      if (!(error instanceof FaultyInput)) throw error;
      faults.push(...inputFaults(error.issues as z.core.$ZodIssue[], prefix));
    }
    throw await refusalOf(faults);
  }
}
