import type { BoxColumn } from '@klevr/persistence/box-rotation';
import { authContext } from './catalogue/source-row.js';
import { outputsContext, pieceContext } from './resources/box-context.js';

/** Every column of this service that holds boxes. */
export const boxColumns: readonly BoxColumn[] = [
  {
    ...{ table: 'catalogue_sources', key: ['id'], column: 'auth_box', contextOf: ([id = '']) => authContext(id) },
    // Most sources have none.
    within: (text, change) => (text === '' ? text : change(text)),
  },
  { table: 'resource_secrets', key: ['resource_id'], column: 'box', contextOf: ([id = '']) => outputsContext(id) },
  {
    table: 'resource_state_pieces',
    key: ['resource_id', 'generation', 'piece_offset'],
    column: 'box',
    contextOf: ([id = '', generation = '', offset = '']) => pieceContext(id, generation, offset),
  },
];
