import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { klevrHome } from '@klevr/launcher/klevr-home';
import { NatsKeyFiles } from '@klevr/launcher/nats-key-files';
import { Command, Option } from 'commander';

/**
 * npm run nats-keys:rotate — other keys that sign the NATS users of agents and services. Schedulers see the files change: they tell the NATS servers of the new keys,
 * ask every agent to renew its credentials, and take the old keys out when their time is over. Where schedulers and services run on several machines, take the steps
 * one by one (`--step`) and copy the files in between.
 */
interface Options {
  readonly secrets: string;
  readonly wait: string;
  readonly overlap: string;
  readonly step?: 'announce' | 'use' | 'finish';
  readonly revokeOld?: true;
}

const options = new Command('nats-keys:rotate')
  .option('--secrets <folder>', 'where nats-identity.json lies', join(klevrHome(process.env), 'secrets'))
  .option('--wait <seconds>', 'between the announcement of the new keys and their use', '10')
  .option('--overlap <hours>', 'how long the old keys are still good then; a JWT of an agent lives 168 hours', '192')
  .addOption(new Option('--step <step>', 'this one alone').choices(['announce', 'use', 'finish']))
  .option('--revoke-old', 'an old key is stolen: whoever stands on it is cut off now, and agents ask the gateway for other credentials')
  .parse()
  .opts<Options>();

const number = (text: string, what: string): number => {
  const value = Number(text);
  if (text.trim() === '' || !Number.isFinite(value) || value < 0) throw new Error(`--${what} is no number: ${text}`);
  return value;
};

try {
  const files = new NatsKeyFiles(options.secrets);
  const [waitMs, overlapSeconds] = [number(options.wait, 'wait') * 1_000, Math.round(number(options.overlap, 'overlap') * 3_600)];
  const { step, revokeOld = false } = options;
  if (step === undefined || step === 'announce') {
    await files.announce(revokeOld);
    console.log('announced: schedulers tell the NATS servers of the new keys (account-issuer.json)');
  }
  if (step === undefined && !revokeOld) await sleep(waitMs);
  if (step === undefined || step === 'use') {
    await files.use(Math.floor(Date.now() / 1000), overlapSeconds);
    console.log('in use: the new keys sign agents (agent-issuer.json) and services (*.creds); agents are asked to renew');
  }
  if (step === 'finish' || revokeOld) {
    await files.dropOld();
    console.log('finished: older keys are good no more, whoever stands on them is cut off (account-issuer.json)');
  }
} catch (error) {
  console.error(`Not done, or not all of it: ${error instanceof Error ? error.message : String(error)}. It may be done again.`);
  process.exitCode = 1;
}
