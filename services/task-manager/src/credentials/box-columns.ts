import type { BoxColumn } from '@klevr/persistence/box-rotation';
import { contextOf } from './credential-context.js';
import { hookContext } from './hook-secrets.js';

/** Every column of this service that holds boxes. */
export const boxColumns: readonly BoxColumn[] = [
  { table: 'credentials', key: ['zone_id', 'name'], column: 'box', contextOf: ([zoneId = '', name = '']) => contextOf(zoneId, name) },
  { table: 'callbacks', key: ['id'], column: 'secret', contextOf: () => hookContext },
  { table: 'webhooks', key: ['id'], column: 'secret', contextOf: () => hookContext },
];
