import { Body, Controller, Delete, Get, HttpCode, Param, Put, Query } from '@nestjs/common';
import { UserId } from '@klevr/contracts/ids';
import { ApiTags } from '@nestjs/swagger';
import { Answers } from '../http/answers.decorator.js';
import { NoFields } from '../http/no-fields.js';
import { IdentitiesService } from './identities.service.js';
import { IdentityList, LinkIdentity, UnlinkIdentity } from './oidc-schemas.js';

@ApiTags('users')
@Controller('users/:id/identities')
export class IdentitiesController {
  constructor(private readonly identities: IdentitiesService) {}

  @Get()
  @Answers(200, IdentityList, 'Lists the identities at OpenID Connect providers with which a user signs in')
  list(@Param('id', { schema: UserId }) id: string, @Query({ schema: NoFields }) _query: NoFields): Promise<IdentityList> {
    return this.identities.list(id);
  }

  @Put()
  @Answers(200, IdentityList, 'Links a user with a subject of the configured provider', ['CONFLICT'])
  link(
    @Param('id', { schema: UserId }) id: string,
    @Query({ schema: NoFields }) _query: NoFields,
    @Body({ schema: LinkIdentity }) body: LinkIdentity,
  ): Promise<IdentityList> {
    return this.identities.link(id, body);
  }

  @Delete()
  @HttpCode(204)
  @Answers(204, undefined, 'Takes an identity from a user, and ends all of their sessions', ['WRONG_STATE'])
  unlink(@Param('id', { schema: UserId }) id: string, @Query({ schema: UnlinkIdentity }) query: UnlinkIdentity): Promise<void> {
    return this.identities.unlink(id, query);
  }
}
