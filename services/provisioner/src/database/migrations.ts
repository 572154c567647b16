import { Catalogue1765100100000 } from './catalogue.migration.js';
import { CreateTables1765100000000 } from './create-tables.migration.js';

/** In the order in which they are made. */
export const migrations = [CreateTables1765100000000, Catalogue1765100100000];
