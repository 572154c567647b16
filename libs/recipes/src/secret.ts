import { scryptSync } from 'node:crypto';
import { inspect } from 'node:util';

/** A credential's value, or what it is recognized by where the value is not at hand. */
export type SecretValue = string | { readonly fingerprint: string };

/**
 * A secret in a rendered section.
 * Promises: never shows in texts, JSON, logs or plans; whoever hands it to an engine asks for it by name. Its fingerprint is the same for the same value and
 * salt (the resource's id), so that engines can carry it as a label and a change is seen without the value; it is slow to compute, so that short secrets are not
 * found by trying. Does not: make a fingerprint of a weak secret safe to publish.
 */
export class Secret {
  readonly #value: string | undefined;
  #fingerprint: string | undefined;

  /** A worker that started again has only the fingerprint of what it applied. A text that was put together with secrets has a fingerprint of its own making. */
  constructor(
    readonly credential: string,
    value: SecretValue | { readonly text: string; readonly fingerprint: string },
    private readonly salt = '',
  ) {
    if (typeof value === 'string') this.#value = value;
    else {
      this.#fingerprint = value.fingerprint;
      this.#value = 'text' in value ? value.text : undefined;
    }
  }

  /** Whether the value is there. Plans and observations must do without. */
  get known(): boolean {
    return this.#value !== undefined;
  }

  get fingerprint(): string {
    return (this.#fingerprint ??= scryptSync(this.reveal(), this.salt, 16).toString('hex'));
  }

  reveal(): string {
    if (this.#value === undefined)
      throw new Error(`the value of credential ${this.credential} is not here, only what it can be recognized by`);
    return this.#value;
  }

  toString(): string {
    return '***';
  }

  toJSON(): string {
    return '***';
  }

  [inspect.custom](): string {
    return '***';
  }
}

/** All of them in a value, however deep. */
export const secretsIn = (value: unknown): Secret[] => {
  if (value instanceof Secret) return [value];
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(secretsIn) : [];
};
