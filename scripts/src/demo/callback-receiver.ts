import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Run, Task } from '@klevr/contracts/task';
import { z } from 'zod';

/**
 * Receives callbacks on the loopback and verifies them by the text of Standard Webhooks alone: HMAC-SHA-256 over `id.timestamp.body` with the
 * decoded secret, a timestamp that is at most five minutes off. It shares no code with the sender.
 */
const Body = z.object({ type: z.string(), timestamp: z.string(), data: z.object({ task: Task, runs: z.array(Run) }) });
export type CallbackBody = z.infer<typeof Body>;

const toleranceSeconds = 300;

export class CallbackReceiver {
  readonly secret = `whsec_${randomBytes(32).toString('base64')}`;
  private readonly received = new Map<string, CallbackBody>();
  private readonly waiting = new Map<string, (body: CallbackBody) => void>();
  private readonly refusals: string[] = [];

  private constructor(private readonly server: Server) {}

  static async start(): Promise<CallbackReceiver> {
    const server = createServer();
    const receiver = new CallbackReceiver(server);
    server.on('request', (request, response) => {
      receiver.take(request).then(
        () => response.writeHead(204).end(),
        (error: unknown) => {
          receiver.refusals.push(String(error));
          response.writeHead(400).end();
        },
      );
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return receiver;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}/callback`;
  }

  /** The verified callback of this task. Rejects after the time-out, telling what was refused. */
  async of(taskId: string, timeoutMs: number): Promise<CallbackBody> {
    const known = this.received.get(taskId);
    if (known !== undefined) return known;
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        reject(new Error(`no verified callback for ${taskId} in ${timeoutMs} ms; refused: ${this.refusals.join('; ') || 'none'}`));
      }, timeoutMs);
      this.waiting.set(taskId, (body) => {
        clearTimeout(timer);
        resolve(body);
      });
    });
  }

  stop(): void {
    this.server.closeAllConnections();
    this.server.close();
  }

  private async take(request: IncomingMessage): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const text = Buffer.concat(chunks);
    verifyWebhook(this.secret, request.headers, text, Date.now() / 1000);
    const body = Body.parse(JSON.parse(text.toString('utf8')));
    const taskId = body.data.task.id;
    this.received.set(taskId, body);
    this.waiting.get(taskId)?.(body);
  }
}

/** Throws unless the body carries a signature of this secret that is not older or newer than the tolerance. */
export const verifyWebhook = (secret: string, headers: NodeJS.Dict<string | string[]>, body: Uint8Array, nowSeconds: number): void => {
  const id = String(headers['webhook-id'] ?? '');
  const timestamp = String(headers['webhook-timestamp'] ?? '');
  if (id === '' || !/^\d+$/.test(timestamp)) throw new Error('the webhook headers are missing');
  if (Math.abs(nowSeconds - Number(timestamp)) > toleranceSeconds) throw new Error('the timestamp is too far off');
  const key = Buffer.from(secret.slice('whsec_'.length), 'base64');
  const expected = createHmac('sha256', key).update(`${id}.${timestamp}.`).update(body).digest();
  const signatures = String(headers['webhook-signature'] ?? '').split(' ');
  const valid = signatures.some((signature) => {
    const given = Buffer.from(signature.replace(/^v1,/, ''), 'base64');
    return signature.startsWith('v1,') && given.length === expected.length && timingSafeEqual(given, expected);
  });
  if (!valid) throw new Error('the signature does not fit');
};
