import { createHmac, generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

const encoded = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');

export interface Token {
  readonly header?: Readonly<Record<string, unknown>>;
  readonly claims?: Readonly<Record<string, unknown>>;
  readonly signedBy?: 'provider' | 'stranger' | 'nobody' | 'public key as a shared secret';
}

/** Answers what an OpenID Connect provider would, and in its id tokens what it is told to. */
export class HostileProvider {
  /** Of the next answer of the token endpoint; a function sees the token of a good provider. */
  next: Token = {};
  /** It takes what comes, and never answers. */
  hangs = false;
  /** What the token endpoint answers with instead. */
  status = 200;
  private readonly own = generateKeyPairSync('rsa', { modulusLength: 2048 });
  private readonly strange = generateKeyPairSync('rsa', { modulusLength: 2048 });
  private readonly server: Server;

  constructor() {
    this.server = createServer((request, response) => {
      if (this.hangs) return;
      const [status, body] = this.answerTo(request.url ?? '');
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
    });
  }

  async start(): Promise<void> {
    await new Promise<void>((done) => this.server.listen(0, '127.0.0.1', done));
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((done) => this.server.close(done));
  }

  get issuer(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  private answerTo(path: string): [number, unknown] {
    if (path.startsWith('/.well-known/')) return [200, this.description()];
    if (path === '/keys') return [200, { keys: [{ ...this.own.publicKey.export({ format: 'jwk' }), kid: 'k', use: 'sig', alg: 'RS256' }] }];
    if (this.status !== 200) return [this.status, { error: this.status === 400 ? 'invalid_grant' : 'server_error' }];
    return [200, { access_token: 'an access token', token_type: 'Bearer', id_token: this.idToken() }];
  }

  private description(): unknown {
    const { issuer } = this;
    return {
      issuer,
      authorization_endpoint: `${issuer}/authorize`,
      token_endpoint: `${issuer}/token`,
      jwks_uri: `${issuer}/keys`,
      response_types_supported: ['code'],
      subject_types_supported: ['public'],
      // It would like the worst to be believed.
      id_token_signing_alg_values_supported: ['RS256', 'none', 'HS256'],
    };
  }

  private idToken(): string {
    const { header, claims, signedBy = 'provider' } = this.next;
    const now = Math.floor(Date.now() / 1000);
    const body = { iss: this.issuer, aud: 'klevr', sub: 'mallory', iat: now, exp: now + 60, preferred_username: 'mallory', ...claims };
    const input = `${encoded({ alg: 'RS256', kid: 'k', typ: 'JWT', ...header })}.${encoded(body)}`;
    const by: Record<NonNullable<Token['signedBy']>, () => Buffer> = {
      provider: () => rs256(input, this.own.privateKey),
      stranger: () => rs256(input, this.strange.privateKey),
      nobody: () => Buffer.alloc(0),
      'public key as a shared secret': () =>
        createHmac('sha256', this.own.publicKey.export({ format: 'pem', type: 'spki' }))
          .update(input)
          .digest(),
    };
    return `${input}.${by[signedBy]().toString('base64url')}`;
  }
}

const rs256 = (input: string, key: KeyObject): Buffer => sign('sha256', Buffer.from(input), key);
