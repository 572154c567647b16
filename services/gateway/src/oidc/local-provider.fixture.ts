import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import Provider from 'oidc-provider';

export const clientId = 'klevr';
export const clientSecret = 'a secret of the client, for tests';

/** What the provider says of a person; the account's name is the subject. */
export type Person = Readonly<Record<string, unknown>>;

/** A real OpenID Connect provider on loopback, with people who sign in by name. */
export class LocalProvider {
  readonly people = new Map<string, Person>();
  private provider: Provider | undefined;
  private server: Server | undefined;
  private port = 0;

  get issuer(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  /** At the port of before, with what it knew, if it was started already. */
  async start(): Promise<void> {
    const server = createServer();
    await new Promise<void>((done) => server.listen(this.port, '127.0.0.1', done));
    this.port = (server.address() as AddressInfo).port;
    const answer = (this.provider ??= this.made()).callback();
    server.on('request', (request, response) => void answer(request, response));
    this.server = server;
  }

  async stop(): Promise<void> {
    const { server } = this;
    this.server = undefined;
    server?.closeAllConnections();
    if (server !== undefined) await new Promise((done) => server.close(done));
  }

  /** As a browser: signs in, agrees, and tells where the provider sends it back to. */
  async visit(authorizationUrl: string, account: string): Promise<URL> {
    const cookies = new Map<string, string>();
    let url = new URL(authorizationUrl);
    for (let step = 0; step < 20; step++) {
      if (url.origin !== this.issuer) return url;
      const asked = url.pathname.startsWith('/interaction/') ? await this.formOf(url, cookies) : undefined;
      const form = asked === 'login' ? { prompt: 'login', login: account, password: 'any' } : { prompt: 'consent' };
      const answer = await this.ask(url, cookies, asked === undefined ? undefined : new URLSearchParams(form));
      const location = answer.headers.get('location');
      if (location === null) throw new Error(`the provider answers ${answer.status} at ${url.pathname}: ${await answer.text()}`);
      url = new URL(location, url);
    }
    throw new Error('the provider does not come to an end');
  }

  private made(): Provider {
    return new Provider(this.issuer, {
      clients: [
        {
          client_id: clientId,
          client_secret: clientSecret,
          application_type: 'native',
          redirect_uris: ['http://127.0.0.1/callback', 'https://klevr.example.test/oidc/callback'],
          grant_types: ['authorization_code'],
        },
      ],
      pkce: { required: () => true },
      claims: { openid: ['sub'], profile: ['preferred_username', 'name'], email: ['email', 'email_verified'], groups: ['groups'] },
      scopes: ['openid', 'profile', 'email', 'groups'],
      cookies: { keys: ['a key for tests'] },
      findAccount: (_context, accountId) => ({
        accountId,
        claims: () => Promise.resolve({ sub: accountId, ...this.people.get(accountId) }),
      }),
    });
  }

  private async formOf(url: URL, cookies: Map<string, string>): Promise<string> {
    const page = await (await this.ask(url, cookies)).text();
    return page.includes('name="login"') ? 'login' : 'consent';
  }

  private async ask(url: URL, cookies: Map<string, string>, form?: URLSearchParams): Promise<Response> {
    const cookie = [...cookies].map(([name, value]) => `${name}=${value}`).join('; ');
    const answer = await fetch(url, {
      redirect: 'manual',
      headers: { cookie },
      ...(form === undefined ? {} : { method: 'POST', body: form }),
      signal: AbortSignal.timeout(20_000),
    });
    for (const line of answer.headers.getSetCookie()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
      if (value === '') cookies.delete(name);
      else cookies.set(name, value);
    }
    return answer;
  }
}
