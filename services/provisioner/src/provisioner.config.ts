import { commonConfig, secret } from '@klevr/platform/config';
import { masterKeysText } from '@klevr/platform/master-keys';
import { z } from 'zod';

const days = z.coerce.number().positive().max(3650);
const seconds = (usual: number) => z.coerce.number().int().min(10).max(604_800).default(usual);

/**
 * `KLEVR_MASTER_KEY_FILE` names the file with the keys that secrets at rest are sealed with (states, sensitive outputs, what opens repositories): `id:base64 of
 * 32 bytes`, a line each, the current one first.
 */
export const provisionerConfig = z.object({
  ...commonConfig,
  natsCredsFile: z.string().min(1),
  masterKey: secret(masterKeysText),
  recipesDir: z.string().min(1).optional().describe('the catalogue that comes with Klevr; without it there is no source `klevr`'),
  applyTimeoutSeconds: seconds(3_600).describe('of an apply or a destroy, from its begin'),
  planTimeoutSeconds: seconds(600).describe('of a plan or a refresh, from its begin'),
  keepOperationsDays: days.default(90).describe('finished operations with their plans'),
  keepOperations: z.coerce.number().int().min(1).max(10_000).default(200).describe('of one resource; older ones go'),
});
export type ProvisionerConfig = z.output<typeof provisionerConfig>;

/** The configuration, to be injected. */
export class ProvisionerSettings {
  constructor(readonly config: ProvisionerConfig) {}
}
