import type { ArgumentMetadata, PipeTransform } from '@nestjs/common';
import { Injectable } from '@nestjs/common';
import type { z } from 'zod';
import { inputFaults } from './input-faults.js';
import { refusalOf } from './request-faults.js';
import { unsafeParts } from './unsafe-parts.js';

type Schema = NonNullable<ArgumentMetadata['schema']>;
type Judged = Awaited<ReturnType<Schema['~standard']['validate']>>;

/**
 * Validates what routes take by the schemas of their parameters, as Nest's own pipe for such schemas does, with three differences: body, query and
 * path of a request are judged together, so that the answer names the faults of all of them; what no part of the system could store or pass on is
 * refused everywhere; and what is judged at once is answered at once, since this is done for each parameter of each request.
 */
@Injectable()
export class InputPipe implements PipeTransform {
  transform(value: unknown, { schema, data, type }: ArgumentMetadata): unknown {
    if (schema === undefined || type === 'custom') return value;
    const judged = schema['~standard'].validate(value);
    return judged instanceof Promise ? judged.then((later) => outcome(value, later, data)) : outcome(value, judged, data);
  }
}

function outcome(value: unknown, judged: Judged, data: string | undefined): unknown {
  const prefix = data === undefined ? [] : [data];
  const faults = unsafeParts(value, prefix);
  if (judged.issues === undefined && faults.length === 0) return judged.value;
  return refuse([...faults, ...inputFaults((judged.issues ?? []) as readonly z.core.$ZodIssue[], prefix)]);
}

async function refuse(faults: Parameters<typeof refusalOf>[0]): Promise<never> {
  throw await refusalOf(faults);
}
