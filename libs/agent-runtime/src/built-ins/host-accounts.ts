import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

/**
 * The numbers of the host's users and groups.
 * Promises: every account that the host itself knows is found, also one of a directory service, since its own `id` and `getent` are asked. Throws for one that
 * it does not know. Does not: remember.
 */
const run = promisify(execFile);
const timeoutMs = 10_000;

export const userId = async (owner: string | number | undefined): Promise<number | undefined> =>
  typeof owner === 'string' && !isNumber(owner)
    ? asked('id', ['-u', '--', owner], `there is no user ${owner} on this host`)
    : numberOf(owner);

export const groupId = async (group: string | number | undefined): Promise<number | undefined> =>
  typeof group === 'string' && !isNumber(group)
    ? asked('getent', ['group', group], `there is no group ${group} on this host`, (line) => line.split(':')[2])
    : numberOf(group);

const isNumber = (text: string): boolean => /^\d+$/.test(text);
const numberOf = (id: string | number | undefined): number | undefined => (id === undefined ? undefined : Number(id));

const asked = async (
  program: string,
  args: readonly string[],
  unknown: string,
  read: (line: string) => string | undefined = (line) => line,
): Promise<number> => {
  const { stdout } = await run(program, args, { timeout: timeoutMs }).catch((cause: unknown) => {
    throw new Error(unknown, { cause });
  });
  const id = Number(read(stdout.trim()) ?? Number.NaN);
  if (!Number.isInteger(id)) throw new Error(unknown);
  return id;
};
