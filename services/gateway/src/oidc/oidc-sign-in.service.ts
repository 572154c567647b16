import { Injectable } from '@nestjs/common';
import { AppError } from '@klevr/contracts/errors';
import { Clock } from '@klevr/platform/clock';
import type { CreatedSession } from '../auth/session-schemas.js';
import { type SessionOrigin, SessionsService } from '../auth/sessions.service.js';
import type { Claims } from './claims.js';
import { isState, newFlow, partsOf } from './flow-secret.js';
import { FlowsStore } from './flows.store.js';
import { IdentityProvider } from './identity-provider.client.js';
import { OidcPeopleService } from './oidc-people.service.js';
import type { FinishOidc, StartedOidc, StartOidc } from './oidc-schemas.js';
import { refusedSignIn } from './provider-faults.js';
import { isAllowedRedirect } from './redirects.js';

const FLOW_MS = 600_000;

/** Signs in with the provider, in two requests of whoever began: a browser's console, or a program that listens on loopback. */
@Injectable()
export class OidcSignInService {
  constructor(
    private readonly provider: IdentityProvider,
    private readonly flows: FlowsStore,
    private readonly people: OidcPeopleService,
    private readonly sessions: SessionsService,
    private readonly clock: Clock,
  ) {}

  /** Throws BAD_REQUEST for an address that nobody may be sent back to, UNAVAILABLE while the provider is away. */
  async start({ redirectUri }: StartOidc): Promise<StartedOidc> {
    const { callback, redirectUris } = this.provider.provider;
    const wanted = redirectUri ?? callback;
    if (wanted === undefined) throw refusedRedirect('is needed: no public address is configured');
    if (!isAllowedRedirect(wanted, redirectUris))
      throw refusedRedirect('is neither configured nor an http address on 127.0.0.1 or [::1] with a port');
    const flow = newFlow();
    const parts = partsOf(flow);
    const authorizationUrl = await this.provider.authorizationUrl(parts, wanted);
    const now = this.clock.nowMs();
    const expiresAt = new Date(now + FLOW_MS);
    await this.flows.removeExpired(new Date(now));
    await this.flows.insert({ hash: parts.hash, redirectUri: wanted, expiresAt });
    return { authorizationUrl, flow, expiresAt: expiresAt.toISOString() };
  }

  /** Throws SIGN_IN_REFUSED, UNAVAILABLE while the provider is away, and what `OidcPeopleService.personOf` throws. */
  async finish({ flow, code, state, iss }: FinishOidc, origin: Omit<SessionOrigin, 'method'>): Promise<CreatedSession> {
    const { provider } = this.provider;
    const parts = partsOf(flow);
    // Before the flow is used up: whoever sends a browser here with a code of their own does not end its owner's sign-in.
    if (!isState(parts, state)) throw refusedSignIn();
    const stored = await this.flows.take(parts.hash, new Date(this.clock.nowMs()));
    if (stored === undefined) throw refusedSignIn();
    const wanted = [...provider.usernameClaims.slice(0, 1), ...(provider.groups === undefined ? [] : [provider.groups.claim])];
    let claims: Claims;
    try {
      claims = await this.provider.redeem(parts, { redirectUri: stored.redirectUri, code, state, iss }, wanted);
    } catch (error) {
      // Asked again when the provider is back; a code that it has seen already it will not take twice.
      if (error instanceof AppError && error.code === 'UNAVAILABLE') await this.flows.insert(stored);
      throw error;
    }
    return this.sessions.open(await this.people.personOf(claims), { ...origin, method: 'oidc' });
  }
}

const refusedRedirect = (message: string): AppError =>
  new AppError('BAD_REQUEST', 'The request has faulty fields', { errors: [{ path: 'redirectUri', message }] });
