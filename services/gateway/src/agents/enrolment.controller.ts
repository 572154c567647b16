import { Body, Controller, Post } from '@nestjs/common';
import { Enroll, Enrolled } from '@klevr/contracts/agent';
import { ApiTags } from '@nestjs/swagger';
import { CallerAddress } from '../auth/caller.decorator.js';
import { Public } from '../auth/public.decorator.js';
import { PublicAnswers } from '../http/answers.decorator.js';
import { EnrolmentService } from './enrolment.service.js';

@ApiTags('agents')
@Controller('enroll')
export class EnrolmentController {
  constructor(private readonly enrolment: EnrolmentService) {}

  @Post()
  @Public()
  @PublicAnswers(201, Enrolled, 'Lets a host join with a join token; used by agents')
  enroll(@Body({ schema: Enroll }) enroll: Enroll, @CallerAddress() address: string): Promise<Enrolled> {
    return this.enrolment.enroll(enroll, address);
  }
}
