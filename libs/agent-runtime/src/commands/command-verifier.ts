import type { TaskKeySet } from '@klevr/contracts/agent';
import { SignedCommand } from '@klevr/contracts/command';
import { AppError } from '@klevr/contracts/errors';
import { compactVerify, createLocalJWKSet, errors, type JSONWebKeySet } from 'jose';
import type { z } from 'zod';

/**
 * Reads a signed command.
 * Promises: only a compact JWS of type `klevr-command`, signed with EdDSA by one of the task-manager's keys that is still good, comes back as a command; all else
 * throws BAD_SIGNATURE. Does not: judge whether the command is for this agent or still valid.
 */
export type CommandVerifier = (jws: string) => Promise<SignedCommand>;

const type = 'klevr-command';
const algorithms = ['EdDSA', 'Ed25519'];
type Keys = TaskKeySet['keys'];

export const commandVerifier = ({ keys }: TaskKeySet, nowMs: () => number = () => 0): CommandVerifier => {
  const findKey = createLocalJWKSet({ keys } as unknown as JSONWebKeySet);
  const goodUntil = untilOf(keys);
  return async (jws) => {
    const { payload, protectedHeader } = await compactVerify(jws, findKey, { algorithms }).catch((cause: unknown) => {
      throw new AppError('BAD_SIGNATURE', 'the signature is not one of the task-manager', { cause });
    });
    if (protectedHeader.typ !== type) throw new AppError('BAD_SIGNATURE', `the type is not ${type}`);
    if ((goodUntil.get(protectedHeader.kid ?? '') ?? Number.POSITIVE_INFINITY) < nowMs()) {
      throw new AppError('BAD_SIGNATURE', 'the key of the signature is in use no more');
    }
    const command = SignedCommand.safeParse(parse(payload));
    if (!command.success) throw new AppError('BAD_SIGNATURE', 'the signed content is no command', { cause: command.error });
    return command.data;
  };
};

/** Whether a signature was refused as its key is none of those known. */
export const isUnknownKey = (error: unknown): boolean => error instanceof AppError && error.cause instanceof errors.JWKSNoMatchingKey;

/** The content of a signed statement of this type; undefined where it is none, or signed by nobody who is trusted. */
export const signedContent = async <S extends z.ZodType>(
  jws: string,
  { keys, nowMs }: { readonly keys: Keys; readonly nowMs: number },
  wanted: string,
  schema: S,
): Promise<z.output<S> | undefined> => {
  try {
    const { payload, protectedHeader } = await compactVerify(jws, createLocalJWKSet({ keys } as unknown as JSONWebKeySet), { algorithms });
    const until = untilOf(keys).get(protectedHeader.kid ?? '') ?? Number.POSITIVE_INFINITY;
    return protectedHeader.typ === wanted && until >= nowMs ? schema.safeParse(parse(payload)).data : undefined;
  } catch {
    return undefined;
  }
};

const untilOf = (keys: Keys): Map<unknown, number> =>
  new Map(keys.flatMap(({ kid, verifiesUntilMs }) => (typeof verifiesUntilMs === 'number' ? [[kid, verifiesUntilMs] as const] : [])));

const parse = (payload: Uint8Array): unknown => {
  try {
    return JSON.parse(new TextDecoder().decode(payload)) as unknown;
  } catch {
    return undefined;
  }
};
