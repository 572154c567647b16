import { AppError } from '@klevr/contracts/errors';

/** Who may write the state of a resource. */
export interface Held {
  readonly holder: string | null;
  readonly heldUntil: Date | null;
}

/**
 * Throws CONFLICT for whoever may not have it. A holder whose time is over loses it to the first that asks, and not before: what it made in a long apply is written
 * down at its end.
 */
export const refuseOthers = (held: Held | undefined, asks: string, now: Date, orElse: 'free' | 'held'): void => {
  const holder = held?.holder ?? null;
  if (holder === asks) return;
  const holds = (held?.heldUntil?.getTime() ?? 0) > now.getTime() ? holder : null;
  if (holds === null && orElse === 'free') return;
  throw new AppError('CONFLICT', holds === null ? 'The state is not locked' : `The state is held by ${holds}`);
};
