import { lookup, type LookupAddress } from 'node:dns';
import { Injectable } from '@nestjs/common';
import { Webhook } from 'standardwebhooks';
import { Agent, request } from 'undici';
import { AddressPolicy, hostOf } from './address-policy.js';
import type { Answer } from './retry-schedule.js';

export interface WebhookMessage {
  readonly id: string;
  readonly url: string;
  readonly secret: string;
  readonly body: string;
  readonly at: Date;
}

const timeoutMs = 15_000;
const dumpBytes = 64 * 1024;

class AddressRefusedError extends Error {
  override readonly name = 'AddressRefusedError';
  readonly code = 'EADDRREFUSED';
}

/**
 * Posts callbacks, signed as Standard Webhooks says.
 * Promises: the connection goes to an address that the policy was asked about (no second resolving); redirects are not followed; an answer takes
 * 15 s at most. Does not: throw; what went wrong is in the answer.
 */
@Injectable()
export class WebhookClient {
  private readonly agent: Agent;

  constructor(private readonly policy: AddressPolicy) {
    this.agent = new Agent({ connect: { lookup: this.lookup, timeout: timeoutMs }, keepAliveTimeout: 5_000, connections: 4 });
  }

  async post({ id, url, secret, body, at }: WebhookMessage): Promise<Answer> {
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
          'webhook-signature': new Webhook(secret).sign(id, at, body),
        },
        body,
        signal: AbortSignal.timeout(timeoutMs),
      });
      await response.body.dump({ limit: dumpBytes });
      const retryAfter = response.headers['retry-after'];
      return { status: response.statusCode, retryAfter: typeof retryAfter === 'string' ? retryAfter : null, error: null, hopeless: false };
    } catch (error) {
      return failure(messageOf(error), isRefused(error));
    }
  }

  async close(): Promise<void> {
    await this.agent.close();
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

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
