import { rotateSecrets } from '@klevr/persistence/rotate-secrets';
import { boxColumns } from '../box-columns.js';

await rotateSecrets('provisioner', boxColumns);
