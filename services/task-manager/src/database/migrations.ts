import { CreateTables1750000000000 } from './create-tables.migration.js';
import { HostPool1764100000000 } from './host-pool.migration.js';
import { TaskEngine1764300000000 } from './task-engine.migration.js';
import { Retries1764310000000 } from './retries.migration.js';
import { Governors1764320000000 } from './governors.migration.js';
import { Webhooks1764340000000 } from './webhooks.migration.js';
import { Credentials1764400000000 } from './credentials.migration.js';
import { RetentionMarks1764410000000 } from './retention-marks.migration.js';
import { SealedHookSecrets1764420000000 } from './sealed-hook-secrets.migration.js';
import { LostSteps1764600000000 } from './lost-steps.migration.js';
import { UnreadIndexes1764700000000 } from './unread-indexes.migration.js';
import { UnseenKeys1764710000000 } from './unseen-keys.migration.js';
import { Operations1764800000000 } from './operations.migration.js';

/** In the order in which they are made. */
export const migrations = [
  CreateTables1750000000000,
  HostPool1764100000000,
  TaskEngine1764300000000,
  Retries1764310000000,
  Governors1764320000000,
  Webhooks1764340000000,
  Credentials1764400000000,
  RetentionMarks1764410000000,
  SealedHookSecrets1764420000000,
  LostSteps1764600000000,
  UnreadIndexes1764700000000,
  UnseenKeys1764710000000,
  Operations1764800000000,
];
