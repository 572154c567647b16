import { Column, Entity } from 'typeorm';
import { ZoneSettings, type Zone } from '@klevr/contracts/zone';
import { IdColumn, JsonColumn, TimeColumn } from '@klevr/persistence/columns';

@Entity('zones')
export class ZoneRow {
  @IdColumn({ primary: true })
  id = '';

  @Column({ type: 'varchar', length: 63 })
  name = '';

  @Column({ type: 'varchar', length: 32 })
  platform: Zone['platform'] = 'bare-metal';

  @Column({ type: 'varchar', length: 16 })
  environment: Zone['environment'] = 'dev';

  @JsonColumn()
  labels: Zone['labels'] = {};

  @JsonColumn()
  settings: Zone['settings'] = ZoneSettings.parse({});

  @Column({ type: 'int' })
  revision = 1;

  @TimeColumn({ name: 'created_at' })
  createdAt = new Date(0);
}
