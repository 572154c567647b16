import { AgentKinds1764800000000 } from './agent-kinds.migration.js';
import { CreateTables1764000000000 } from './create-tables.migration.js';
import { EpochFloors1764200000000 } from './epoch-floors.migration.js';
import { HostPool1764100000000 } from './host-pool.migration.js';
import { Schedules1764300000000 } from './schedules.migration.js';

/** In the order in which they are made. */
export const migrations = [
  CreateTables1764000000000,
  HostPool1764100000000,
  EpochFloors1764200000000,
  Schedules1764300000000,
  AgentKinds1764800000000,
];
