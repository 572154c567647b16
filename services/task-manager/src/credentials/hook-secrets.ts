import type { SecretBox } from '@klevr/platform/secret-box';

/**
 * What callbacks and webhooks are signed with, at rest.
 * Promises: sealing what is sealed changes nothing, and what was stored before it was sealed still reads as it is. Does not: bind a secret to its row; who can write
 * to the table could have the messages sent elsewhere anyway.
 */
export const hookContext = 'hook secret';

export class HookSecrets {
  constructor(private readonly box: SecretBox) {}

  seal(secret: string): string {
    return this.box.isBox(secret) ? secret : this.box.seal(secret, hookContext);
  }

  /** Throws `SecretLocked`. */
  open(stored: string): string {
    return this.box.isBox(stored) ? this.box.open(stored, hookContext).toString() : stored;
  }
}
