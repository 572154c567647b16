import { CreateTables1765100000000 } from './create-tables.migration.js';

/** In the order in which they are made. */
export const migrations = [CreateTables1765100000000];
