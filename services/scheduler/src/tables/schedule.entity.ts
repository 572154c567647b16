import { Column, Entity } from 'typeorm';
import type { Schedule, TaskTemplate } from '@klevr/contracts/schedule';
import { IdColumn, JsonColumn, TimeColumn } from '@klevr/persistence/columns';

@Entity('schedules')
export class ScheduleRow {
  @IdColumn({ primary: true })
  id = '';

  @IdColumn({ name: 'zone_id' })
  zoneId = '';

  @Column({ type: 'varchar', length: 200 })
  name = '';

  @JsonColumn()
  task: TaskTemplate = { name: '', zone: '', target: { all: '' }, steps: [] } as unknown as TaskTemplate;

  @Column({ type: 'varchar', length: 200, nullable: true })
  cron: string | null = null;

  @TimeColumn({ nullable: true })
  at: Date | null = null;

  @Column({ type: 'varchar', length: 64, name: 'time_zone' })
  timeZone = 'UTC';

  @TimeColumn({ name: 'start_at', nullable: true })
  startAt: Date | null = null;

  @TimeColumn({ name: 'until_at', nullable: true })
  untilAt: Date | null = null;

  @Column({ type: 'varchar', length: 16 })
  misfire: Schedule['misfire'] = 'runOnce';

  @Column({ type: 'int', name: 'misfire_limit' })
  misfireLimit = 10;

  @Column({ type: 'double', name: 'misfire_after_seconds' })
  misfireAfterSeconds = 60;

  @Column({ type: 'varchar', length: 16 })
  overlap: Schedule['overlap'] = 'skip';

  @Column({ type: 'boolean', name: 'feed_result' })
  feedResult = false;

  @Column({ type: 'varchar', length: 16 })
  status: Schedule['status'] = 'active';

  /** The first due time that is not in the ledger; kept while paused. */
  @TimeColumn({ name: 'next_due_at', nullable: true })
  nextDueAt: Date | null = null;

  @Column({ type: 'boolean', name: 'open_fires' })
  openFires = false;

  @IdColumn({ name: 'last_task_id', nullable: true })
  lastTaskId: string | null = null;

  @Column({ type: 'int' })
  revision = 1;

  @Column({ type: 'varchar', length: 255, name: 'created_by' })
  createdBy = '';

  @Column({ type: 'varchar', length: 64, name: 'created_by_id' })
  createdById = '';

  @TimeColumn({ name: 'created_at' })
  createdAt = new Date(0);
}

/** A row that is copied and compared, without the class. */
export type ScheduleFields = { [K in keyof ScheduleRow]: ScheduleRow[K] };
