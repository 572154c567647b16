import type { Grant } from '@klevr/contracts/access';
import { SessionSettings } from './session-settings.js';

/** Name and password of the first user. */
export class FirstAdmin {
  constructor(
    readonly username: string,
    readonly password: string | undefined,
  ) {}
}

export const signUpModes = ['invitation', 'open', 'closed'] as const;
export type SignUpMode = (typeof signUpModes)[number];

/** What somebody has who signed up without an invitation: nothing, or looking at everything. More is given by an admin only. */
export const openSignUpRoles = ['none', 'viewer'] as const;

export class SignUpSettings {
  readonly openGrants: Grant[];

  constructor(
    readonly mode: SignUpMode = 'invitation',
    openRole: (typeof openSignUpRoles)[number] = 'none',
  ) {
    this.openGrants = openRole === 'none' ? [] : [{ role: openRole, zones: null }];
  }
}

/** What is configured of people and sessions. */
export class IdentitySettings {
  constructor(
    readonly firstAdmin = new FirstAdmin('admin', undefined),
    readonly sessions = new SessionSettings(),
    readonly signUp = new SignUpSettings(),
  ) {}
}

interface IdentityConfig {
  readonly adminUsername: string;
  readonly adminPassword?: string | undefined;
  readonly sessionTtlSeconds: number;
  readonly sessionMaxSeconds: number;
  readonly signUp: SignUpMode;
  readonly signUpRole: (typeof openSignUpRoles)[number];
}

export const identitySettingsOf = (config: IdentityConfig): IdentitySettings =>
  new IdentitySettings(
    new FirstAdmin(config.adminUsername, config.adminPassword),
    new SessionSettings(config.sessionTtlSeconds, config.sessionMaxSeconds),
    new SignUpSettings(config.signUp, config.signUpRole),
  );
