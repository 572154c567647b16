import { type DynamicModule, Module } from '@nestjs/common';
import { UserChangesStore } from '../users/user-changes.store.js';
import { UsersService } from '../users/users.service.js';
import { ApiTokensStore } from './api-tokens.store.js';
import { FirstAdmin, FirstAdminService } from './first-admin.service.js';
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
  static register(firstAdmin: FirstAdmin): DynamicModule {
    return {
      module: IdentityModule,
      controllers: [SessionsController],
      providers: [
        { provide: FirstAdmin, useValue: firstAdmin },
        { provide: SessionSettings, useValue: new SessionSettings() },
        ApiTokensStore,
        FirstAdminService,
        PasswordHasher,
        PrincipalsService,
        SessionLookupService,
        SessionsService,
        SessionsStore,
        SignInService,
        UserChangesStore,
        UsersService,
        UsersStore,
      ],
      exports: [PrincipalsService, SessionsService, UsersService, UsersStore],
    };
  }
}
