import { readFileSync } from 'node:fs';
import { Agent } from 'node:http';
import { Agent as TlsAgent } from 'node:https';
import { types } from 'node:util';
import { AppError } from '@klevr/contracts/errors';
import Docker from 'dockerode';
import { endpointText, type DockerEndpoint } from './docker-endpoint.js';

/**
 * One way to the Docker Engine's API.
 * Promises: every call ends with the work's signal and within its own limit; an engine that is away is UNAVAILABLE, which may be tried again; a refusal is told in
 * the engine's words. Does not: try again by itself, or keep connections.
 */
export class DockerApi {
  private constructor(
    readonly docker: Docker,
    private readonly address: string,
    private readonly signal: AbortSignal | undefined,
  ) {}

  static open(endpoint: DockerEndpoint): DockerApi {
    // A connection that the engine closed while it was idle would fail the next call; a new one to a local socket costs nothing.
    const away = { host: '', agent: new Agent({ keepAlive: false }) };
    const docker = 'socketPath' in endpoint ? new Docker({ ...away, socketPath: endpoint.socketPath }) : new Docker(tlsOptions(endpoint));
    return new DockerApi(docker, endpointText(endpoint), undefined);
  }

  /** The same way, for work that ends with this signal; without one it ends by its limits alone. */
  during(signal?: AbortSignal): DockerApi {
    return new DockerApi(this.docker, this.address, signal);
  }

  /** `call` hands the signal on; `limitSeconds` is for all of it. */
  async ask<T>(what: string, call: (docker: Docker, abortSignal: AbortSignal) => Promise<T>, limitSeconds = 60): Promise<T> {
    this.signal?.throwIfAborted();
    const limit = AbortSignal.timeout(limitSeconds * 1000);
    const either = this.signal === undefined ? limit : AbortSignal.any([this.signal, limit]);
    try {
      return await call(this.docker, either);
    } catch (error) {
      this.signal?.throwIfAborted();
      if (limit.aborted)
        throw new AppError('UNAVAILABLE', `${what}: the Docker Engine at ${this.address} has not answered within ${limitSeconds} s`);
      throw this.translated(what, error);
    }
  }

  /** The same, undefined where there is no such thing. */
  async find<T>(what: string, call: (docker: Docker, abortSignal: AbortSignal) => Promise<T>): Promise<T | undefined> {
    try {
      return await this.ask(what, call);
    } catch (error) {
      if (error instanceof DockerRefusal && error.status === 404) return undefined;
      throw error;
    }
  }

  private translated(what: string, error: unknown): unknown {
    if (error instanceof AppError || error instanceof DockerRefusal || !types.isNativeError(error)) return error;
    const { code, statusCode, json } = error as Error & { code?: string; statusCode?: number; json?: unknown };
    if (statusCode !== undefined)
      return new DockerRefusal(`${what}: ${engineWords(json) ?? bare(error.message)}`, statusCode, { cause: error });
    if (code !== undefined && isAway.has(code))
      return new AppError('UNAVAILABLE', `the Docker Engine at ${this.address} ${isAway.get(code)} (${code})`, { cause: error });
    return new Error(`${what}: ${error.message}`, { cause: error });
  }
}

/** What the engine would not do. */
export class DockerRefusal extends Error {
  override readonly name = 'DockerRefusal';
  constructor(
    message: string,
    readonly status: number,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

/** The client takes a signal among the options of every call, also where its types do not say so. */
export const withSignal = <T extends object>(options: T, abortSignal: AbortSignal): T => ({ ...options, abortSignal });

const isAway: ReadonlyMap<string, string> = new Map([
  ['ENOENT', 'is not there'],
  ['ECONNREFUSED', 'does not run'],
  ['ECONNRESET', 'hung up'],
  ['EPIPE', 'hung up'],
  ['ETIMEDOUT', 'does not answer'],
  ['EHOSTUNREACH', 'cannot be reached'],
  ['ENETUNREACH', 'cannot be reached'],
  ['ENOTFOUND', 'has a name that nobody knows'],
  ['EAI_AGAIN', 'has a name that cannot be looked up now'],
  ['EACCES', 'may not be used by the user of this worker'],
]);

const engineWords = (json: unknown): string | undefined =>
  typeof json === 'object' && json !== null && 'message' in json && typeof json.message === 'string' ? json.message.trim() : undefined;
const bare = (message: string): string => message.replace(/^\(HTTP code \d+\) .*? - /, '').trim();

const tlsOptions = ({ host, port, files }: Extract<DockerEndpoint, { host: string }>): Docker.DockerOptions => {
  const [ca, cert, key] = [files.ca, files.cert, files.key].map((file) => readFileSync(file));
  return { host, port, protocol: 'https', ca, cert, key, ...{ agent: new TlsAgent({ keepAlive: false, ca, cert, key }) } };
};
