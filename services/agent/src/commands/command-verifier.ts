import type { TaskKeySet } from '@klevr/contracts/agent';
import { SignedCommand } from '@klevr/contracts/command';
import { AppError } from '@klevr/contracts/errors';
import { compactVerify, createLocalJWKSet, type JSONWebKeySet } from 'jose';

/**
 * Reads a signed command.
 * Promises: only a compact JWS of type `klevr-command`, signed with EdDSA by one of the task-manager's keys, comes back as a command; all else throws
 * BAD_SIGNATURE. Does not: judge whether the command is for this agent or still valid.
 */
export type CommandVerifier = (jws: string) => Promise<SignedCommand>;

const type = 'klevr-command';

export const commandVerifier = (keys: TaskKeySet): CommandVerifier => {
  const findKey = createLocalJWKSet(keys as unknown as JSONWebKeySet);
  return async (jws) => {
    const { payload, protectedHeader } = await compactVerify(jws, findKey, { algorithms: ['EdDSA', 'Ed25519'] }).catch((cause: unknown) => {
      throw new AppError('BAD_SIGNATURE', 'the signature is not one of the task-manager', { cause });
    });
    if (protectedHeader.typ !== type) throw new AppError('BAD_SIGNATURE', `the type is not ${type}`);
    const command = SignedCommand.safeParse(parse(payload));
    if (!command.success) throw new AppError('BAD_SIGNATURE', 'the signed content is no command', { cause: command.error });
    return command.data;
  };
};

const parse = (payload: Uint8Array): unknown => {
  try {
    return JSON.parse(new TextDecoder().decode(payload)) as unknown;
  } catch {
    return undefined;
  }
};
