import { type DynamicModule, Module } from '@nestjs/common';
import { ProtectionModule } from '../protection/protection.module.js';
import { FlowsStore } from './flows.store.js';
import { IdentitiesController } from './identities.controller.js';
import { IdentitiesService } from './identities.service.js';
import { IdentitiesStore } from './identities.store.js';
import { IdentityProvider } from './identity-provider.client.js';
import { MappedGrantsService } from './mapped-grants.service.js';
import { OidcController } from './oidc.controller.js';
import { OidcLimits } from './oidc-limits.service.js';
import { OidcPeopleService } from './oidc-people.service.js';
import { OidcSettings } from './oidc-settings.js';
import { OidcSignInService } from './oidc-sign-in.service.js';

/** Sign-in with an OpenID Connect provider; `identity` is the module of people that the whole API uses. */
@Module({})
export class OidcModule {
  static register(settings: OidcSettings, identity: DynamicModule): DynamicModule {
    return {
      module: OidcModule,
      imports: [identity, ProtectionModule],
      controllers: [OidcController, IdentitiesController],
      providers: [
        { provide: OidcSettings, useValue: settings },
        FlowsStore,
        IdentitiesService,
        IdentitiesStore,
        IdentityProvider,
        MappedGrantsService,
        OidcLimits,
        OidcPeopleService,
        OidcSignInService,
      ],
    };
  }
}
