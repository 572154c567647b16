import createClient, { type Client, type FetchResponse, type MaybeOptionalInit } from 'openapi-fetch';
import { BearerToken } from './bearer-token.js';
import { follow, type StreamMessage } from './event-follow.js';
import type { CreatedSession, Event, EventGap, operations, OutputChunk, paths, RenewedSession, StreamEnd } from './generated/api.js';
import { KlevrProblem } from './klevr-problem.js';
import { type Fetch, retryingFetch } from './retrying-fetch.js';

/**
 * A typed client of the REST API, made from its OpenAPI document; for Node from 20 on, and browsers.
 *
 * Promises: what is answered 2xx is given as it is, everything else is thrown as KlevrProblem. Every POST has an `Idempotency-Key`, so that what can be tried
 * again is (see `retryingFetch`). Lists are read page by page, streams are resumed where they were cut, a session is renewed while it is used.
 */
export interface KlevrClientOptions {
  /** Without `/api/v1`: `https://klevr.example`. */
  readonly baseUrl: string;
  /** An API token, or that of a session that is not renewed; without one, `signIn` comes first. */
  readonly token?: string;
  readonly fetch?: Fetch;
  /** Of one try, 30 s if not given. */
  readonly timeoutMs?: number;
  /** Further tries, 4 if not given. */
  readonly retries?: number;
  /** Before the first of them, half a second if not given; each further pause is twice as long. */
  readonly retryPauseMs?: number;
}

type Paths = { [Path in keyof paths as Path extends `/api/v1${infer Rest}` ? Rest : never]: paths[Path] };
type Method = 'get' | 'post' | 'put' | 'patch' | 'delete';
type PathsWith<M extends Method> = { [Path in keyof Paths]: Paths[Path] extends Record<M, object> ? Path : never }[keyof Paths];
type Init<Path extends keyof Paths, M extends Method> = MaybeOptionalInit<Paths[Path], M & keyof Paths[Path]>;
type Arguments<Path extends keyof Paths, M extends Method> =
  undefined extends Init<Path, M> ? [init?: Init<Path, M>] : [init: Init<Path, M>];
type Data<Path extends keyof Paths, M extends Method> =
  Paths[Path] extends Record<M, infer Operation extends Record<string | number, unknown>>
    ? Extract<FetchResponse<Operation, undefined, 'application/json'>, { error?: never }>['data']
    : never;
interface Page<One> {
  readonly items: One[];
  readonly nextCursor: string | null;
}
type Item<Answer> = Answer extends { items: (infer One)[]; nextCursor: string | null } ? One : never;
type PagedPath = { [Path in PathsWith<'get'>]: Data<Path, 'get'> extends { nextCursor: string | null } ? Path : never }[PathsWith<'get'>];

/** What `GET /events` tells; of other types than these two are the events themselves. */
export type Followed = StreamMessage &
  ({ readonly event: 'gap'; readonly data: EventGap } | { readonly event: Event['type']; readonly data: Event });
export type FollowedOutput = StreamMessage &
  ({ readonly event: 'chunk'; readonly data: OutputChunk } | { readonly event: 'end'; readonly data: StreamEnd });

type EventsQuery = Omit<NonNullable<operations['followEvents']['parameters']['query']>, 'lastEventId'>;
type LogsQuery = Omit<NonNullable<operations['readRunLogs']['parameters']['query']>, 'lastEventId' | 'follow' | 'timestamps'>;
interface Following {
  readonly signal?: AbortSignal;
  readonly lastEventId?: string;
}

export class KlevrClient {
  private readonly api: Client<Paths>;
  private readonly bearer: BearerToken;
  private readonly send: Fetch;

  constructor(private readonly options: KlevrClientOptions) {
    const { fetch = (request) => globalThis.fetch(request), timeoutMs = 30_000, retries = 4, retryPauseMs = 500 } = options;
    this.send = retryingFetch({ fetch, timeoutMs, retries, pauseMs: retryPauseMs });
    this.bearer = new BearerToken(options.token, (token) => this.renew(token));
    this.api = createClient<Paths>({ baseUrl: this.base, fetch: (request) => this.answered(request) });
  }

  get<Path extends PathsWith<'get'>>(path: Path, ...init: Arguments<Path, 'get'>): Promise<Data<Path, 'get'>> {
    return this.ask('get', path, init[0]);
  }

  post<Path extends PathsWith<'post'>>(path: Path, ...init: Arguments<Path, 'post'>): Promise<Data<Path, 'post'>> {
    return this.ask('post', path, init[0]);
  }

  put<Path extends PathsWith<'put'>>(path: Path, ...init: Arguments<Path, 'put'>): Promise<Data<Path, 'put'>> {
    return this.ask('put', path, init[0]);
  }

  patch<Path extends PathsWith<'patch'>>(path: Path, ...init: Arguments<Path, 'patch'>): Promise<Data<Path, 'patch'>> {
    return this.ask('patch', path, init[0]);
  }

  delete<Path extends PathsWith<'delete'>>(path: Path, ...init: Arguments<Path, 'delete'>): Promise<Data<Path, 'delete'>> {
    return this.ask('delete', path, init[0]);
  }

  /** Every item of a list, page by page as they are taken. */
  async *list<Path extends PagedPath>(path: Path, ...init: Arguments<Path, 'get'>): AsyncGenerator<Item<Data<Path, 'get'>>> {
    const given = (init[0] ?? {}) as { params?: { query?: object } };
    let cursor: string | undefined;
    do {
      const params = { ...given.params, query: { limit: 200, ...given.params?.query, ...(cursor === undefined ? {} : { cursor }) } };
      const page = (await this.ask('get', path, { ...given, params })) as unknown as Page<Item<Data<Path, 'get'>>>;
      yield* page.items;
      cursor = page.nextCursor ?? undefined;
    } while (cursor !== undefined);
  }

  async signIn(username: string, password: string): Promise<CreatedSession['user']> {
    const { user, ...session } = await this.post('/sessions', { body: { username, password } });
    this.bearer.opened(session);
    return user;
  }

  async signOut(): Promise<void> {
    await this.delete('/sessions/current');
    this.bearer.ended();
  }

  /** What happens from now on, or behind `lastEventId`, until the signal. */
  followEvents(query: EventsQuery = {}, following: Following = {}): AsyncGenerator<Followed> {
    return this.followed('/events', query, following) as AsyncGenerator<Followed>;
  }

  /** What a run wrote and writes, until its end. */
  followRunLogs(runId: string, query: LogsQuery = {}, following: Following = {}): AsyncGenerator<FollowedOutput> {
    const path = `/runs/${encodeURIComponent(runId)}/logs`;
    return this.followed(path, { ...query, follow: 'true' }, following) as AsyncGenerator<FollowedOutput>;
  }

  private get base(): string {
    return `${this.options.baseUrl.replace(/\/+$/, '')}/api/v1`;
  }

  private followed(path: string, query: object, following: Following): AsyncGenerator<StreamMessage> {
    const search = new URLSearchParams(query as Record<string, string>).toString();
    const fetch = async (request: Request): Promise<Response> => this.send(await this.withToken(request));
    return follow({ fetch, url: `${this.base}${path}${search === '' ? '' : `?${search}`}`, ...following });
  }

  private async ask<Path extends keyof Paths, M extends Method>(method: M, path: Path, init: unknown): Promise<Data<Path, M>> {
    const { data } = await this.api.request(method as never, path as never, init as never);
    return data as Data<Path, M>;
  }

  private async answered(request: Request): Promise<Response> {
    const own = await this.withToken(request);
    if (own.method === 'POST' && !own.headers.has('idempotency-key')) own.headers.set('idempotency-key', crypto.randomUUID());
    const response = await this.send(own);
    if (!response.ok) throw await KlevrProblem.of(own, response);
    return response;
  }

  private async withToken(request: Request): Promise<Request> {
    const token = await this.bearer.fresh();
    if (token !== undefined) request.headers.set('authorization', `Bearer ${token}`);
    return request;
  }

  /** Not by `ask`: that asks for a fresh token first. */
  private async renew(token: string): Promise<RenewedSession> {
    const request = new Request(`${this.base}/sessions/current/renew`, { method: 'POST', headers: { authorization: `Bearer ${token}` } });
    const response = await this.send(request);
    if (!response.ok) throw await KlevrProblem.of(request, response);
    return (await response.json()) as RenewedSession;
  }
}
