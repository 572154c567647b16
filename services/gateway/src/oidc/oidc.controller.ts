import { Body, Controller, Get, Post, Query } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { CallerAddress, UserAgent } from '../auth/caller.decorator.js';
import { CreatedSession } from '../auth/session-schemas.js';
import { PublicAnswers } from '../http/answers.decorator.js';
import { NoFields } from '../http/no-fields.js';
import { FinishOidc, OidcOffer, StartedOidc, StartOidc } from './oidc-schemas.js';
import { OidcLimits } from './oidc-limits.service.js';
import { OidcSettings } from './oidc-settings.js';
import { OidcSignInService } from './oidc-sign-in.service.js';

@ApiTags('sessions')
@Controller('sessions/oidc')
export class OidcController {
  constructor(
    private readonly settings: OidcSettings,
    private readonly limits: OidcLimits,
    private readonly signIns: OidcSignInService,
  ) {}

  @Get()
  @PublicAnswers(200, OidcOffer, 'Tells whether people can sign in with an OpenID Connect provider')
  offer(@Query({ schema: NoFields }) _query: NoFields): OidcOffer {
    const { provider } = this.settings;
    return {
      enabled: provider !== undefined,
      name: provider?.name ?? null,
      issuer: provider?.issuer ?? null,
      callback: provider?.callback ?? null,
    };
  }

  @Post('start')
  @PublicAnswers(201, StartedOidc, 'Begins a sign-in with the provider; it has to be finished within ten minutes', [
    'UNAVAILABLE',
    'NOT_FOUND',
  ])
  async start(
    @Query({ schema: NoFields }) _query: NoFields,
    @Body({ schema: StartOidc }) body: StartOidc,
    @CallerAddress() address: string,
  ): Promise<StartedOidc> {
    await this.limits.admit(address);
    return this.signIns.start(body);
  }

  @Post('finish')
  @PublicAnswers(201, CreatedSession, 'Ends the sign-in with what the provider gave. The token is in this answer and never again', [
    'SIGN_IN_REFUSED',
    'UNAVAILABLE',
    'FORBIDDEN',
    'CONFLICT',
    'WRONG_STATE',
    'NOT_FOUND',
  ])
  finish(
    @Query({ schema: NoFields }) _query: NoFields,
    @Body({ schema: FinishOidc }) body: FinishOidc,
    @CallerAddress() address: string,
    @UserAgent() userAgent: string | undefined,
  ): Promise<CreatedSession> {
    return this.signIns.finish(body, { address, userAgent });
  }
}
