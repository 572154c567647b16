import { rotateSecrets } from '@klevr/persistence/rotate-secrets';
import { boxColumns } from '../credentials/box-columns.js';

await rotateSecrets('task-manager', boxColumns);
