import { rotateSecrets } from '@klevr/persistence/rotate-secrets';
import { boxColumns } from '../schedules/box-columns.js';

await rotateSecrets('scheduler', boxColumns);
