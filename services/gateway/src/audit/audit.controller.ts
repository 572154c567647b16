import { Readable } from 'node:stream';
import { Controller, Get, Header, Query, StreamableFile } from '@nestjs/common';
import { ApiProduces, ApiTags } from '@nestjs/swagger';
import { z } from 'zod';
import { Scope, type Scoped } from '../auth/caller.decorator.js';
import { Answers } from '../http/answers.decorator.js';
import { NoFields } from '../http/no-fields.js';
import { AuditFiltersService } from './audit-filters.service.js';
import { AuditPublicKey, SignedPlace } from './audit-keys.js';
import { AuditExportQuery, AuditPage, AuditQuery } from './audit-schemas.js';
import { AuditTrailService } from './audit-trail.service.js';

const PublicKeys = z.object({ keys: z.array(AuditPublicKey) }).meta({ id: 'AuditPublicKeys' });

@ApiTags('audit')
@Controller('audit')
export class AuditController {
  constructor(
    private readonly trail: AuditTrailService,
    private readonly filters: AuditFiltersService,
  ) {}

  @Get()
  @Answers(200, AuditPage, 'Tells who changed what, or tried to, the latest first; of the zones where the caller is an admin')
  async list(@Query({ schema: AuditQuery }) query: AuditQuery, @Scope() scope: Scoped): Promise<AuditPage> {
    return this.trail.list(await this.filters.of(query, scope), query);
  }

  @Get('export')
  @Header('cache-control', 'no-store')
  @ApiProduces('application/x-ndjson')
  @Answers(
    200,
    z.string(),
    'The chain in its order as lines of JSON: where it begins, the entries, the signed head. Without filters it can be verified offline',
  )
  async exportAudit(@Query({ schema: AuditExportQuery }) query: AuditExportQuery, @Scope() scope: Scoped): Promise<StreamableFile> {
    const lines = await this.trail.export(await this.filters.of(query, scope));
    return new StreamableFile(Readable.from(lines, { objectMode: false, highWaterMark: 65_536 }), { type: 'application/x-ndjson' });
  }

  @Get('head')
  @Header('cache-control', 'no-store')
  @Answers(200, SignedPlace, 'How far the chain has got, signed; keep it elsewhere, and a tail that was cut off will be noticed')
  getAuditHead(@Query({ schema: NoFields }) _query: NoFields): Promise<SignedPlace> {
    return this.trail.head();
  }

  @Get('keys')
  @Answers(200, PublicKeys, 'The public halves of the keys that sign heads, the current one first')
  getAuditKeys(@Query({ schema: NoFields }) _query: NoFields): z.infer<typeof PublicKeys> {
    return { keys: [...this.trail.keys.publicKeys] };
  }
}
