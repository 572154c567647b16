import { lookup, type LookupAddress } from 'node:dns';
import { lookup as lookupAll } from 'node:dns/promises';
import { Injectable } from '@nestjs/common';
import ipaddr from 'ipaddr.js';
import { Webhook } from 'standardwebhooks';
import { Agent, request } from 'undici';
import { HookSecrets } from '../credentials/hook-secrets.js';
import { AddressPolicy, hostOf } from './address-policy.js';
import type { Answer } from './retry-schedule.js';

export interface WebhookMessage {
  readonly id: string;
  readonly url: string;
  /** As it is stored. */
  readonly secret: string;
  readonly body: string;
  readonly at: Date;
}

/** For a try in all: connecting, sending, and the head of the answer. */
const tryTimeoutMs = 10_000;
const resolveTimeoutMs = 2_000;
const dumpBytes = 64 * 1024;
const connectionsAnOrigin = 32;

class AddressRefusedError extends Error {
  override readonly name = 'AddressRefusedError';
  readonly code = 'EADDRREFUSED';
}

/**
 * Posts callbacks, signed as Standard Webhooks says.
 * Promises: the connection goes to an address that the policy was asked about (no second resolving); redirects are not followed; a try takes 10 s at
 * most; of an answer's body 64 KiB are read and nothing kept. Does not: throw; what went wrong is in the answer.
 */
@Injectable()
export class WebhookClient {
  private readonly agent: Agent;

  constructor(
    private readonly policy: AddressPolicy,
    private readonly secrets: HookSecrets,
  ) {
    const connect = { lookup: this.lookup, timeout: tryTimeoutMs };
    this.agent = new Agent({ connect, keepAliveTimeout: 5_000, connections: connectionsAnOrigin });
  }

  async post({ id, url, secret, body, at }: WebhookMessage, timeoutMs = tryTimeoutMs): Promise<Answer> {
    const fault = this.policy.faultOfUrl(url);
    if (fault !== undefined) return failure(`${hostOf(url)} ${fault}`, true);
    try {
      const response = await request(url, {
        dispatcher: this.agent,
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          'user-agent': 'Klevr-Callback/1',
          'webhook-id': id,
          'webhook-timestamp': String(Math.floor(at.getTime() / 1000)),
          'webhook-signature': new Webhook(this.secrets.open(secret)).sign(id, at, body),
        },
        body,
        signal: AbortSignal.timeout(timeoutMs),
      });
      // Its head was the answer, whatever becomes of the rest; the time limit ends that too.
      await response.body.dump({ limit: dumpBytes }).catch(() => undefined);
      const retryAfter = response.headers['retry-after'];
      return { status: response.statusCode, retryAfter: typeof retryAfter === 'string' ? retryAfter : null, error: null, hopeless: false };
    } catch (error) {
      return failure(messageOf(error, timeoutMs), isRefused(error));
    }
  }

  /** What is wrong with the URL, now: a name that leads to private addresses only is found here, one that cannot be resolved yet is none. */
  async faultOfUrl(url: string): Promise<string | undefined> {
    const fault = this.policy.faultOfUrl(url);
    const host = hostOf(url);
    if (fault !== undefined || ipaddr.isValid(host)) return fault;
    const late = new Promise<LookupAddress[]>((resolve) => setTimeout(resolve, resolveTimeoutMs, []).unref());
    const addresses = await Promise.race([lookupAll(host, { all: true }).catch(() => []), late]);
    const refused = addresses.length > 0 && !addresses.some(({ address }) => this.policy.allows(address));
    return refused ? 'leads to private addresses only, which this installation does not allow' : undefined;
  }

  /** Cuts what is under way. */
  async close(): Promise<void> {
    if (!this.agent.destroyed) await this.agent.destroy();
  }

  /** The addresses that the policy allows, and no others, are what the socket connects to. */
  private readonly lookup = (hostname: string, options: object, done: (error: Error | null, addresses: LookupAddress[]) => void): void => {
    lookup(hostname, { ...options, all: true }, (error, addresses) => {
      if (error) return done(error, []);
      const allowed = addresses.filter(({ address }) => this.policy.allows(address));
      if (allowed.length === 0) return done(new AddressRefusedError(`${hostname} leads to private addresses only`), []);
      done(null, allowed);
    });
  };
}

const failure = (error: string, hopeless: boolean): Answer => ({ status: null, retryAfter: null, error: error.slice(0, 500), hopeless });

const isRefused = (error: unknown): boolean =>
  error instanceof AddressRefusedError || (error instanceof Error && error.cause instanceof AddressRefusedError);

const messageOf = (error: unknown, timeoutMs: number): string => {
  const { name, message } = error as { name?: unknown; message?: unknown };
  if (name === 'TimeoutError') return `no answer within ${timeoutMs} ms`;
  return typeof message === 'string' && message !== '' ? message : String(error);
};
