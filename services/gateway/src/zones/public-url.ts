import { AppError } from '@klevr/contracts/errors';

/** How hosts reach this door, if the configuration says so. */
export class PublicUrl {
  constructor(readonly value: string | undefined) {}

  /** Without a slash at its end. Else it is where the caller reached this door; throws BAD_REQUEST if that is unknown. */
  orElse(reachedAt: string | undefined): string {
    const url = this.value ?? reachedAt;
    if (url === undefined) {
      throw new AppError('BAD_REQUEST', 'The Host header names no host', { errors: [{ path: 'Host', message: 'is not a host' }] });
    }
    return url.replace(/\/+$/, '');
  }
}
