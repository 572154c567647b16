import { z } from 'zod';
import { eventsDays } from '@klevr/contracts/streams';
import { commaList, commonConfig, secret } from '@klevr/platform/config';
import { masterKeysText } from '@klevr/platform/master-keys';

const days = z.coerce.number().positive();

export const SchedulerConfig = z.object({
  ...commonConfig,
  natsCredsFile: z.string().min(1),
  natsSystemCredsFile: z.string().min(1).describe('credentials of a user in the system account'),
  natsAccount: z.string().regex(/^A[A-Z2-7]{55}$/, 'must be the public key of an account (A…)'),
  agentIssuerFile: z.string().min(1).describe('the scoped key that signs the credentials of agents'),
  accountIssuerFile: z.string().min(1).describe('the operator key that signs the account, and with it the list of revoked agents'),
  masterKey: secret(masterKeysText).describe(
    'what secrets at rest are sealed with: `id:base64 of 32 bytes`, a line each, the current one first',
  ),
  keepHistoryDays: days.max(3650).default(90).describe('terms of primaries, closed incidents, join tokens that ended'),
  keepEventsDays: days.max(eventsDays.most).default(eventsDays.usual).describe('the stream of events; give the task-managers the same'),
  agentNatsUrls: commaList(z.string().min(1)).describe('addresses of NATS as agents reach it'),
});
export type SchedulerConfig = z.infer<typeof SchedulerConfig>;
