import type { BoxColumn } from '@klevr/persistence/box-rotation';
import type { TaskTemplate } from '@klevr/contracts/schedule';
import { contextOf, withEachSecret } from './callback-secrets.js';

/** Every column of this service that holds boxes: in the templates of schedules, the secrets of their callbacks. */
export const scheduleSecrets: BoxColumn = {
  table: 'schedules',
  key: ['id'],
  column: 'task',
  contextOf: ([id = '']) => contextOf(id),
  within: (text, change) => JSON.stringify(withEachSecret(JSON.parse(text) as TaskTemplate, change)),
};

export const boxColumns: readonly BoxColumn[] = [scheduleSecrets];
