import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { klevrHome } from '@klevr/launcher/klevr-home';
import { writeSecret } from '@klevr/launcher/secrets';
import { parseTaskKeys, rotateTaskKeys, serializeTaskKeys } from '@klevr/platform/task-key-file';
import { Command } from 'commander';

/**
 * npm run task-keys:rotate — another key that signs tasks. Task-managers see the file change and tell every agent; nothing is restarted. Where task-managers run on
 * several machines, give each of them the file before the new key begins to sign (`--sign-after`).
 */
interface Options {
  readonly file: string;
  readonly signAfter: string;
  readonly overlap: string;
  readonly revokeOld?: true;
}

const home = klevrHome(process.env);
const options = new Command('task-keys:rotate')
  .option(
    '--file <path>',
    'the file that KLEVR_TASK_KEY_FILE names',
    process.env['KLEVR_TASK_KEY_FILE'] ?? join(home, 'secrets', 'task-key.json'),
  )
  .option('--sign-after <seconds>', 'how long the new key is told before it signs', '60')
  .option('--overlap <hours>', 'how long the older keys are still good then', '24')
  .option('--revoke-old', 'an old key is stolen: the new one signs at once, and the older ones are good no more')
  .parse()
  .opts<Options>();

const number = (text: string, name: string): number => {
  const value = Number(text);
  if (!Number.isFinite(value) || value < 0) throw new Error(`${name} is no number of ${name === 'overlap' ? 'hours' : 'seconds'}: ${text}`);
  return value;
};

try {
  const before = parseTaskKeys(await readFile(options.file, 'utf8'));
  const after = rotateTaskKeys(before, {
    nowMs: Date.now(),
    leadMs: number(options.signAfter, 'sign-after') * 1_000,
    overlapMs: number(options.overlap, 'overlap') * 3_600_000,
    revokeOld: options.revokeOld ?? false,
  });
  await writeSecret(options.file, serializeTaskKeys(after));
  for (const { kid, signsFromMs, verifiesUntilMs } of after.keys) {
    const until = verifiesUntilMs === null ? 'until another takes its place' : `until ${new Date(verifiesUntilMs).toISOString()}`;
    console.log(`${kid}: signs from ${new Date(signsFromMs).toISOString()}, is good ${until}`);
  }
  const gone = before.keys.filter((old) => !after.keys.some(({ kid }) => kid === old.kid));
  for (const { kid } of gone) console.log(`${kid}: good no more`);
  console.log(`written to ${options.file}; task-managers that read it tell their agents now`);
} catch (error) {
  console.error(`The keys were not rotated: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 1;
}
