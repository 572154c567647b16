import { headers as natsHeaders, type Msg, type MsgHdrs } from '@nats-io/transport-node';
import { messageHeaders } from '@klevr/contracts/contract';
import { AppError } from '@klevr/contracts/errors';
import { newId } from '@klevr/contracts/ids';
import { currentTraceparent } from './trace.js';

/** What callers see of a NATS message; the client library's own types stay inside this package. */
export interface Incoming {
  readonly subject: string;
  readonly reply: string | undefined;
  readonly bytes: Uint8Array;
  header(name: string): string | undefined;
  /** The parsed body. Throws BAD_REQUEST where it is not JSON. */
  json(): unknown;
}

const decoder = new TextDecoder();

export const incoming = (message: Pick<Msg, 'subject' | 'data' | 'headers' | 'reply'>): Incoming => ({
  subject: message.subject,
  reply: message.reply === '' ? undefined : message.reply,
  bytes: message.data,
  header: (name) => message.headers?.get(name) || undefined,
  json: () => {
    try {
      return JSON.parse(decoder.decode(message.data)) as unknown;
    } catch (cause) {
      throw new AppError('BAD_REQUEST', 'The message is not JSON', { cause });
    }
  },
});

/** The envelope: id, time, schema and trace context ride in headers, so the body is the message alone. */
export const envelope = (schema: string, version: number, id = newId('message')): MsgHdrs => {
  const made = natsHeaders();
  made.set(messageHeaders.id, id);
  made.set(messageHeaders.time, new Date().toISOString());
  made.set(messageHeaders.schema, `${schema}/${version}`);
  made.set(messageHeaders.traceparent, currentTraceparent());
  return made;
};
