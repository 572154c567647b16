import { Controller, Get, Query } from '@nestjs/common';
import { ZoneRef } from '@klevr/contracts/zone';
import { ApiTags } from '@nestjs/swagger';
import { z } from 'zod';
import { Scope, type Scoped } from '../auth/caller.decorator.js';
import { Answers } from '../http/answers.decorator.js';
import { ScrapeTarget } from './scrape-target.js';
import { ScrapeTargetsService } from './scrape-targets.service.js';

const ListTargets = z.strictObject({ zone: ZoneRef.optional() });
type ListTargets = z.infer<typeof ListTargets>;

@ApiTags('monitoring')
@Controller('prometheus')
export class ScrapeTargetsController {
  constructor(private readonly targets: ScrapeTargetsService) {}

  @Get('targets')
  @Answers(200, z.array(ScrapeTarget), "HTTP service discovery for Prometheus: the beacons of all agents, or of one zone's")
  list(@Query({ schema: ListTargets }) query: ListTargets, @Scope() scope: Scoped): Promise<ScrapeTarget[]> {
    return this.targets.list({ ...query, ...scope });
  }
}
