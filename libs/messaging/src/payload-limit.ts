/**
 * How large a message a NATS server must take: 4 MiB of work are 5.4 MiB once they are signed, and secrets come on top. It is also the most that nats-server
 * recommends.
 */
export const neededPayloadBytes = 8 * 1024 * 1024;

/** What keeps large tasks from running; the cure is in the message. */
export class PayloadLimitError extends Error {
  override readonly name = 'PayloadLimitError';
  constructor(maxBytes: number) {
    super(
      `the NATS server takes messages of ${maxBytes} bytes at most, Klevr needs ${neededPayloadBytes}: set \`max_payload: 8MB\` in its configuration (in all servers of a cluster, and in leaf nodes) and reload it`,
    );
  }
}

export const payloadFaultOf = (maxBytes: number | undefined): PayloadLimitError | undefined =>
  maxBytes === undefined || maxBytes >= neededPayloadBytes ? undefined : new PayloadLimitError(maxBytes);
