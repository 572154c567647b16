import { Injectable } from '@nestjs/common';
import { AppError } from '@klevr/contracts/errors';
import { Clock } from '@klevr/platform/clock';
import { Log } from '@klevr/platform/log';
import * as openid from 'openid-client';
import { boundedFetch } from './bounded-fetch.js';
import { type Claims, claimAt } from './claims.js';
import type { FlowParts } from './flow-secret.js';
import { Subject } from './oidc-schemas.js';
import { type OidcProvider, OidcSettings } from './oidc-settings.js';
import { appErrorOf, providerFault, refusedSignIn } from './provider-faults.js';

/** Clocks of others may differ so much. */
const TOLERANCE_SECONDS = 30;
const FRESH_MS = 3_600_000;
/** So long a description is believed while the provider does not give another. */
const STALE_MS = 24 * 3_600_000;
const TRIES = 2;
const refusal = 'a sign-in by the identity provider was refused';

export interface Callback {
  readonly redirectUri: string;
  readonly code: string;
  readonly state: string;
  readonly iss: string | undefined;
}

/**
 * The configured OpenID Connect provider: authorization code with PKCE (S256), state and nonce.
 *
 * Promises: id tokens are believed only with a valid signature by the provider's published keys, for this client, issuer and nonce, and in their time
 * (`none` and shared-secret algorithms are not); each request ends after five seconds (or as configured) and reads a megabyte at most; the description is asked for at the
 * first need, twice if it fails, and kept for an hour, or for a day while the provider is away. Throws UNAVAILABLE and SIGN_IN_REFUSED, with the
 * reason in the log. Does not: follow redirects, keep tokens of the provider, sign people out there.
 */
@Injectable()
export class IdentityProvider {
  private known: { readonly config: openid.Configuration; readonly atMs: number } | undefined;
  private asking: Promise<openid.Configuration> | undefined;

  constructor(
    private readonly settings: OidcSettings,
    private readonly clock: Clock,
    private readonly log: Log,
  ) {}

  /** Throws NOT_FOUND where none is configured. */
  get provider(): OidcProvider {
    const { provider } = this.settings;
    if (provider === undefined) throw new AppError('NOT_FOUND', 'No identity provider is configured');
    return provider;
  }

  async authorizationUrl({ state, nonce, verifier }: FlowParts, redirectUri: string): Promise<string> {
    const config = await this.configuration();
    const parameters = {
      redirect_uri: redirectUri,
      scope: this.provider.scopes,
      state,
      nonce,
      code_challenge: await openid.calculatePKCECodeChallenge(verifier),
      code_challenge_method: 'S256',
    };
    return openid.buildAuthorizationUrl(config, parameters).href;
  }

  /** Exchanges the code; what the user info tells is added where the id token lacks one of the wanted claims. */
  async redeem({ nonce, verifier, state: expectedState }: FlowParts, callback: Callback, wanted: readonly string[]): Promise<Claims> {
    const config = await this.configuration();
    const url = new URL(callback.redirectUri);
    url.searchParams.set('code', callback.code);
    url.searchParams.set('state', callback.state);
    if (callback.iss !== undefined) url.searchParams.set('iss', callback.iss);
    return this.guarded('sign-in', async () => {
      const checks = { expectedState, expectedNonce: nonce, pkceCodeVerifier: verifier, idTokenExpected: true };
      const tokens = await openid.authorizationCodeGrant(config, url, checks);
      const claims = tokens.claims();
      if (claims === undefined) throw this.refused('there is no id token');
      if (!Subject.safeParse(claims.sub).success) throw this.refused('the subject is none that the standard allows');
      const lacks = wanted.some((name) => claimAt(claims, name) === undefined);
      if (!lacks || config.serverMetadata().userinfo_endpoint === undefined) return claims;
      return { ...(await openid.fetchUserInfo(config, tokens.access_token, claims.sub)), ...claims };
    });
  }

  private refused(reason: string): AppError {
    this.log.warn({ kind: 'refused', reason, during: 'sign-in' }, refusal);
    return refusedSignIn();
  }

  private async configuration(): Promise<openid.Configuration> {
    const ageMs = this.known === undefined ? Infinity : this.clock.nowMs() - this.known.atMs;
    if (this.known !== undefined && ageMs >= 0 && ageMs < FRESH_MS) return this.known.config;
    this.asking ??= this.discover().finally(() => (this.asking = undefined));
    try {
      return await this.asking;
    } catch (error) {
      if (this.known !== undefined && ageMs < STALE_MS) return this.known.config;
      throw error;
    }
  }

  private async discover(): Promise<openid.Configuration> {
    const { issuer, clientId, clientSecret, clientAuth, timeoutSeconds } = this.provider;
    const auth =
      clientSecret === undefined
        ? openid.None()
        : clientAuth === 'basic'
          ? openid.ClientSecretBasic(clientSecret)
          : openid.ClientSecretPost(clientSecret);
    const insecure = issuer.startsWith('http:') ? [openid.allowInsecureRequests] : [];
    const config = await this.guarded('discovery', async () => {
      for (let turn = 1; ; turn++) {
        try {
          return await openid.discovery(new URL(issuer), clientId, { [openid.clockTolerance]: TOLERANCE_SECONDS }, auth, {
            timeout: timeoutSeconds,
            [openid.customFetch]: boundedFetch,
            execute: [openid.enableNonRepudiationChecks, ...insecure],
          });
        } catch (error) {
          if (turn === TRIES || providerFault(error, 'discovery').kind !== 'away') throw error;
        }
      }
    });
    this.known = { config, atMs: this.clock.nowMs() };
    return config;
  }

  private async guarded<T>(during: 'discovery' | 'sign-in', work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      if (error instanceof AppError) throw error;
      const fault = providerFault(error, during);
      if (fault.kind === 'misconfigured') this.log.error({ ...fault, during }, 'the identity provider cannot be used');
      else if (fault.kind === 'away') this.log.warn({ ...fault, during }, 'the identity provider does not answer');
      else this.log.warn({ ...fault, during }, refusal);
      throw appErrorOf(fault);
    }
  }
}
