import { createAgentKeys } from '@klevr/messaging/auth/agent-keys';
import { keyPairOf } from '@klevr/messaging/auth/native-keys';
import { type NatsIdentity, publicKeyOf } from '@klevr/messaging/auth/nats-identity';
import { RawNats } from './raw-nats.fixture.js';

/** Somebody who holds the installation's keys and may do everything: sees every message, deletes streams, cuts connections. */
export const connectAdministrator = async (url: string, identity: NatsIdentity, account: 'main' | 'system'): Promise<RawNats> => {
  const { seed, publicKey } = createAgentKeys();
  const accountSeed = account === 'main' ? identity.accountSeed : identity.systemAccountSeed;
  const all = { allow: ['>'] };
  const claims = {
    jti: publicKey,
    iat: Math.floor(Date.now() / 1000),
    iss: publicKeyOf(accountSeed),
    name: 'administrator',
    sub: publicKey,
    nats: { type: 'user', version: 2, pub: all, sub: all, subs: -1, data: -1, payload: -1 },
  };
  const signed = [{ typ: 'JWT', alg: 'ed25519-nkey' }, claims]
    .map((part) => Buffer.from(JSON.stringify(part)).toString('base64url'))
    .join('.');
  const signature = Buffer.from(keyPairOf(accountSeed).sign(Buffer.from(signed))).toString('base64url');
  return RawNats.connect(url, { jwt: `${signed}.${signature}`, seed });
};

/** One call of JetStream's API. Throws what it answers as an error. */
export const jetStream = async (administrator: RawNats, call: string): Promise<void> => {
  const { body } = await administrator.request(`$JS.API.${call}`, '', `_INBOX.administrator.${crypto.randomUUID()}`);
  const { error } = JSON.parse(body.toString()) as { error?: { description: string } };
  if (error !== undefined) throw new Error(`${call}: ${error.description}`);
};

/** Cuts one client's connection, as the server names it. */
export const cutConnection = async (system: RawNats, { serverId, clientId }: { serverId: string; clientId: number }): Promise<void> => {
  await system.request(`$SYS.REQ.SERVER.${serverId}.KICK`, { cid: clientId }, `_INBOX.administrator.${crypto.randomUUID()}`);
};
