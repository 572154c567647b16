/**
 * The token that requests carry, renewed before it ends.
 *
 * Promises: while requests are made, a session is renewed in the last third of its time, once, whoever asks meanwhile; they go on with the token there is.
 * No timer runs: a session that nobody uses ends.
 */
export interface Renewed {
  readonly token: string;
  /** Of the token; a session also has an end of its own. */
  readonly expiresAt: string;
}

export class BearerToken {
  private renewAtMs = Number.POSITIVE_INFINITY;
  private renewing: Promise<void> | undefined;

  constructor(
    /** An API token, which is not renewed; undefined until somebody signs in. */
    private token: string | undefined,
    private readonly renew: (token: string) => Promise<Renewed>,
  ) {}

  get current(): string | undefined {
    return this.token;
  }

  opened({ token, expiresAt }: Renewed): void {
    const lifeMs = Date.parse(expiresAt) - Date.now();
    this.token = token;
    this.renewAtMs = Date.now() + (lifeMs * 2) / 3;
  }

  ended(): void {
    this.token = undefined;
    this.renewAtMs = Number.POSITIVE_INFINITY;
  }

  async fresh(): Promise<string | undefined> {
    if (this.token !== undefined && Date.now() >= this.renewAtMs) {
      this.renewing ??= this.renewNow(this.token).finally(() => (this.renewing = undefined));
      await this.renewing;
    }
    return this.token;
  }

  /** Where that fails, the next request tries again: the token is good for a while yet. */
  private async renewNow(token: string): Promise<void> {
    try {
      const renewed = await this.renew(token);
      if (this.token === token) this.opened(renewed);
    } catch {
      this.renewAtMs = Date.now() + 5_000;
    }
  }
}
