import { newId } from '@klevr/contracts/ids';
import type { ProvisionStep } from '@klevr/contracts/provision';

export const stepOf = (recipe: ProvisionStep['recipe'], more: Partial<ProvisionStep> = {}): ProvisionStep => ({
  ...{ operationId: newId('operation'), action: 'apply', resource: { id: newId('resource'), name: 'web', revision: 1 } },
  ...{ recipe, parameters: {}, deleteData: false, planDigest: null, ...more },
});
