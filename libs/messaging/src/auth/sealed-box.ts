import { type KeyPair, createCurve, fromCurveSeed, fromPublic } from '@nats-io/nkeys';

/**
 * Secrets that only one agent can read, on nkeys' curve keys (X25519, XSalsa20-Poly1305).
 *
 * Promises: what was sealed to a key is opened by the holder of its private half and by nobody else, and any change of it is noticed. Whoever seals needs the
 * public half only, and it takes an open box to know that half: the sender's own key is made anew by each `Sealer` and its public half travels along.
 * Does not: tell who sealed it (the signature of the command around it does), hide how long it is, or keep what was sealed before once the private half is lost.
 * The curve runs in JavaScript and takes milliseconds: whoever seals the same again keeps the box.
 *
 * A box is the sender's public key (56 characters, X…) followed by nkeys' own format: `xkv1`, the nonce (24 bytes), the encrypted text.
 */
const senderLength = 56;

/** True for the public half of a curve key, its checksum included. */
export const isSealingKey = (value: string): boolean => {
  if (!/^X[A-Z2-7]{55}$/.test(value)) return false;
  try {
    return fromPublic(value).getPublicKey() === value;
  } catch {
    return false;
  }
};

export class Sealer {
  private readonly sender = createCurve();
  private readonly senderText = Buffer.from(this.sender.getPublicKey(), 'ascii');

  /** Throws a RangeError where the recipient is no curve key. */
  seal(text: Uint8Array, recipient: string): Buffer {
    if (!isSealingKey(recipient)) throw new RangeError('not the public half of a curve key (X…)');
    return Buffer.concat([this.senderText, this.sender.seal(text, recipient)]);
  }
}

export class NotOpened extends Error {
  override readonly name = 'NotOpened';
}

/** A curve key pair, made on the host that opens what is sealed to it. */
export class SealingKeys {
  private constructor(private readonly pair: KeyPair) {}

  static create(): SealingKeys {
    return new SealingKeys(createCurve());
  }

  /** Throws where the seed is not one of a curve key. */
  static of(seed: string): SealingKeys {
    return new SealingKeys(fromCurveSeed(new TextEncoder().encode(seed)));
  }

  /** Keep it in a file of mode 0600. */
  get seed(): string {
    return new TextDecoder().decode(this.pair.getSeed());
  }

  get publicKey(): string {
    return this.pair.getPublicKey();
  }

  /** Throws `NotOpened` for what was sealed to another key, was changed, or is no box. */
  open(box: Uint8Array): Buffer {
    const sender = Buffer.from(box.subarray(0, senderLength)).toString('ascii');
    const text = opened(() => this.pair.open(box.subarray(senderLength), sender));
    if (text === null) throw new NotOpened('this was not sealed to the key of this agent, or has been changed');
    return Buffer.from(text);
  }
}

const opened = (open: () => Uint8Array | null): Uint8Array | null => {
  try {
    return open();
  } catch {
    return null;
  }
};
