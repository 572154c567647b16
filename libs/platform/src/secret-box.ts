import { createCipheriv, createDecipheriv, createHmac, createSecretKey, randomBytes, type KeyObject } from 'node:crypto';
import type { MasterKeys } from './master-keys.js';

/**
 * Secrets at rest: envelope encryption with AES-256-GCM.
 *
 * Promises: each secret has a key of its own, wrapped by the current master key, whose id stands in the box. A box opens only with the context that it was sealed
 * with (which row, which column), so one that was moved to another row does not open, nor one of which a bit was changed. `rewrapped` moves a box to the
 * current master key without touching the secret. Does not: hide how long a secret is, or keep boxes readable once their master key is gone. One master key is
 * good for 2^32 boxes, as its nonces are random.
 *
 * A box is text: `kb1.<id of the master key>.<wrapped key>.<secret>`, both parts base64url of nonce (12 bytes), encrypted text, tag (16 bytes).
 */
const format = 'kb1';
const [nonceBytes, tagBytes, keyBytes] = [12, 16, 32];

export class SecretLocked extends Error {
  override readonly name = 'SecretLocked';
}

export class SecretBox {
  constructor(private readonly keys: MasterKeys) {}

  /** `context` names the place that the box belongs to. */
  seal(secret: string | Uint8Array, context: string): string {
    const key = randomBytes(keyBytes);
    const sealed = encrypt(createSecretKey(key), Buffer.from(secret), `${format} secret ${context}`);
    return this.wrap(key, sealed, context);
  }

  /** Throws `SecretLocked`, whose message may be shown. */
  open(box: string, context: string): Buffer {
    const { key, sealed } = this.unwrap(box, context);
    return decrypt(createSecretKey(key), sealed, `${format} secret ${context}`);
  }

  /** The same secret under the current master key; undefined where it is under that already. Throws `SecretLocked`. */
  rewrapped(box: string, context: string): string | undefined {
    const { keyId, key, sealed } = this.unwrap(box, context);
    return keyId === this.keys.currentId ? undefined : this.wrap(key, sealed, context);
  }

  get currentKeyId(): string {
    return this.keys.currentId;
  }

  isBox(text: string): boolean {
    return text.startsWith(`${format}.`);
  }

  /** Of what must be compared and is not to be guessed from what is stored; another one once the master key is another. */
  digest(text: string): string {
    return createHmac('sha256', this.masterKey(this.keys.currentId)).update(`${format} digest ${text}`).digest('hex');
  }

  private wrap(key: Buffer, sealed: Buffer, context: string): string {
    const id = this.keys.currentId;
    const wrapped = encrypt(this.masterKey(id), key, wrapContext(id, context));
    return [format, id, wrapped.toString('base64url'), sealed.toString('base64url')].join('.');
  }

  private unwrap(box: string, context: string): { keyId: string; key: Buffer; sealed: Buffer } {
    const [name, keyId = '', wrapped = '', sealed = ''] = box.split('.');
    if (name !== format) throw new SecretLocked('it is not stored in a form that this version knows');
    const key = decrypt(this.masterKey(keyId), Buffer.from(wrapped, 'base64url'), wrapContext(keyId, context));
    return { keyId, key, sealed: Buffer.from(sealed, 'base64url') };
  }

  private masterKey(id: string): KeyObject {
    const key = this.keys.byId.get(id);
    if (key === undefined) throw new SecretLocked(`its master key ${id} is not among the configured ones`);
    return key;
  }
}

const wrapContext = (keyId: string, context: string): string => `${format} key ${keyId} ${context}`;

const encrypt = (key: KeyObject, text: Buffer, context: string): Buffer => {
  const nonce = randomBytes(nonceBytes);
  const cipher = createCipheriv('aes-256-gcm', key, nonce).setAAD(Buffer.from(context));
  return Buffer.concat([nonce, cipher.update(text), cipher.final(), cipher.getAuthTag()]);
};

const decrypt = (key: KeyObject, box: Buffer, context: string): Buffer => {
  if (box.length < nonceBytes + tagBytes) throw new SecretLocked('it is damaged');
  const decipher = createDecipheriv('aes-256-gcm', key, box.subarray(0, nonceBytes), { authTagLength: tagBytes });
  decipher.setAAD(Buffer.from(context)).setAuthTag(box.subarray(-tagBytes));
  try {
    return Buffer.concat([decipher.update(box.subarray(nonceBytes, -tagBytes)), decipher.final()]);
  } catch (cause) {
    throw new SecretLocked('it was sealed with another key or for another place, or is damaged', { cause });
  }
};
