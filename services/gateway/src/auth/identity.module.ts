import { type DynamicModule, Module } from '@nestjs/common';
import { ProtectionModule } from '../protection/protection.module.js';
import { AdmissionsService } from '../users/admissions.service.js';
import { GivenGrantsService } from '../users/given-grants.service.js';
import { InvitationsController } from '../users/invitations.controller.js';
import { InvitationsService } from '../users/invitations.service.js';
import { InvitationsStore } from '../users/invitations.store.js';
import { OwnAccountController } from '../users/own-account.controller.js';
import { OwnAccountService } from '../users/own-account.service.js';
import { PasswordsService } from '../users/passwords.service.js';
import { SignUpService } from '../users/sign-up.service.js';
import { UserAdminService } from '../users/user-admin.service.js';
import { UserChangesStore } from '../users/user-changes.store.js';
import { UsersController } from '../users/users.controller.js';
import { UsersService } from '../users/users.service.js';
import { ApiTokenUpkeep } from './api-token-upkeep.service.js';
import { ApiTokenUses } from './api-token-uses.service.js';
import { ApiTokensController } from './api-tokens.controller.js';
import { ApiTokensService } from './api-tokens.service.js';
import { ApiTokensStore } from './api-tokens.store.js';
import { AttemptsService } from './attempts.service.js';
import { FirstAdminService } from './first-admin.service.js';
import { FirstAdmin, type IdentitySettings, SignUpSettings } from './identity-settings.js';
import { IdempotencyKeysStore } from './idempotency-keys.store.js';
import { PasswordHasher } from './password-hasher.js';
import { PrincipalsService } from './principals.service.js';
import { SessionLookupService } from './session-lookup.service.js';
import { SessionSettings } from './session-settings.js';
import { SessionsController } from './sessions.controller.js';
import { SessionsService } from './sessions.service.js';
import { SessionsStore } from './sessions.store.js';
import { SignInService } from './sign-in.service.js';
import { UsersStore } from './users.store.js';

/** People and programs, and how they come in. */
@Module({})
export class IdentityModule {
  static register({ firstAdmin, sessions, signUp }: IdentitySettings): DynamicModule {
    return {
      module: IdentityModule,
      imports: [ProtectionModule],
      controllers: [SessionsController, OwnAccountController, UsersController, InvitationsController, ApiTokensController],
      providers: [
        { provide: FirstAdmin, useValue: firstAdmin },
        { provide: SessionSettings, useValue: sessions },
        { provide: SignUpSettings, useValue: signUp },
        AdmissionsService,
        ApiTokensService,
        ApiTokensStore,
        ApiTokenUpkeep,
        ApiTokenUses,
        AttemptsService,
        FirstAdminService,
        GivenGrantsService,
        IdempotencyKeysStore,
        InvitationsService,
        InvitationsStore,
        OwnAccountService,
        PasswordHasher,
        PasswordsService,
        PrincipalsService,
        SessionLookupService,
        SessionsService,
        SessionsStore,
        SignInService,
        SignUpService,
        UserAdminService,
        UserChangesStore,
        UsersService,
        UsersStore,
      ],
      exports: [ApiTokenUses, PrincipalsService, SessionsService, UsersService, UsersStore],
    };
  }
}
