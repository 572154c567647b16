import { Injectable } from '@nestjs/common';
import { addressKeyOf } from '../protection/address-key.js';
import { type Limit, LimitsService } from '../protection/limits.service.js';

const STARTS = 60;
const MINUTE_SECONDS = 60;

/** Each sign-in that is begun is a row for ten minutes, and nobody has to be known for it. */
@Injectable()
export class OidcLimits {
  private readonly starts: Limit;

  constructor(limits: LimitsService) {
    this.starts = limits.limit({ name: 'oidc-start', points: STARTS, seconds: MINUTE_SECONDS });
  }

  /** Throws RATE_LIMITED. */
  async admit(address: string): Promise<void> {
    await this.starts.consume(addressKeyOf(address));
  }
}
