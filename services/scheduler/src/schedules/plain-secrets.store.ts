import { Injectable, type OnModuleInit } from '@nestjs/common';
import { BoxRotation } from '@klevr/persistence/box-rotation';
import { Log } from '@klevr/platform/log';
import { SecretBox } from '@klevr/platform/secret-box';
import { DataSource } from 'typeorm';
import { scheduleSecrets } from './box-columns.js';

/** What versions before this one stored in plain is sealed at the start, before anything else reads it. Several replicas may do so at once. */
@Injectable()
export class PlainSecretsStore implements OnModuleInit {
  constructor(
    private readonly dataSource: DataSource,
    private readonly box: SecretBox,
    private readonly log: Log,
  ) {}

  async onModuleInit(): Promise<void> {
    const { moved } = await new BoxRotation(this.dataSource, this.box).sealPlain(scheduleSecrets);
    if (moved > 0) this.log.info({ schedules: moved }, 'secrets of callbacks that were stored in plain are sealed');
  }
}
