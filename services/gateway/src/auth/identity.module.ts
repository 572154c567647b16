import { type DynamicModule, Module } from '@nestjs/common';
import { ApiTokensStore } from './api-tokens.store.js';
import { FirstAdmin, FirstAdminService } from './first-admin.service.js';
import { PasswordHasher } from './password-hasher.js';
import { PrincipalsService } from './principals.service.js';
import { SessionsController } from './sessions.controller.js';
import { SessionsService } from './sessions.service.js';
import { SessionsStore } from './sessions.store.js';
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
        ApiTokensStore,
        FirstAdminService,
        PasswordHasher,
        PrincipalsService,
        SessionsService,
        SessionsStore,
        UsersStore,
      ],
      exports: [PrincipalsService, UsersStore],
    };
  }
}
