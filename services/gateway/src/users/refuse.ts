import { AppError, type Fault } from '@klevr/contracts/errors';

/** Throws BAD_REQUEST if there are any. */
export function refuse(errors: Fault[]): void {
  if (errors.length > 0) throw new AppError('BAD_REQUEST', 'The request has faulty fields', { errors });
}
