import { AsyncLocalStorage } from 'node:async_hooks';
import { AppError, type Fault } from '@klevr/contracts/errors';

const gathered = new AsyncLocalStorage<Fault[]>();

/** Runs the rest of a request with a place where the faults of its body, query, path and headers come together. */
export const gatheringFaults = <T>(work: () => T): T => gathered.run([], work);

/** The refusal of a request, with these faults and those that its other parts turn out to have. */
export async function refusalOf(found: readonly Fault[]): Promise<AppError> {
  const faults = gathered.getStore() ?? [];
  faults.push(...found);
  // The schemas judge at once, so every part of this request has been judged when the event loop comes round.
  await new Promise<void>((resolve) => setImmediate(resolve));
  return new AppError('BAD_REQUEST', 'The request has faulty fields', { errors: [...faults] });
}
