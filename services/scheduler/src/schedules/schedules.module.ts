import { ClaimsStore } from './claims.store.js';
import { DueWatch } from './due.watch.js';
import { EndsStore } from './ends.store.js';
import { FiresService } from './fires.service.js';
import { FiresStore } from './fires.store.js';
import { LedgerService } from './ledger.service.js';
import { LedgerStore } from './ledger.store.js';
import { ScheduleEventsService } from './schedule-events.service.js';
import { ScheduleRemoval } from './schedule-removal.store.js';
import { PlainSecretsStore } from './plain-secrets.store.js';
import { ScheduledTasksClient } from './scheduled-tasks.client.js';
import { SchedulesService } from './schedules.service.js';
import { SchedulesStore } from './schedules.store.js';

/** What schedules are made of. */
export const scheduleProviders = [
  SchedulesService,
  SchedulesStore,
  ScheduleRemoval,
  ScheduleEventsService,
  ScheduledTasksClient,
  PlainSecretsStore,
  LedgerService,
  LedgerStore,
  FiresService,
  FiresStore,
  ClaimsStore,
  EndsStore,
  DueWatch,
];
