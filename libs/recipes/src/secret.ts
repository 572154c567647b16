import { inspect } from 'node:util';

/** A secret in a rendered section. Promises: never shows in texts, JSON, logs or plans; whoever hands it to an engine asks for it by name. */
export class Secret {
  readonly #value: string;

  constructor(
    readonly credential: string,
    value: string,
  ) {
    this.#value = value;
  }

  reveal(): string {
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
