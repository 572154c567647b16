/** Nobody subscribes to the subject: NATS itself said so, at once. */
export class NoResponderError extends Error {
  override readonly name = 'NoResponderError';
  constructor() {
    super('nobody answers this subject');
  }
}

/** No answer in time: whether the request had effect is unknown. */
export class RequestTimeoutError extends Error {
  override readonly name = 'RequestTimeoutError';
  constructor(subject: string, timeoutMs: number) {
    super(`no answer on ${subject} within ${timeoutMs} ms`);
  }
}

/** The connection to NATS is away: whether a request under way had effect is unknown. */
export class DisconnectedError extends Error {
  override readonly name = 'DisconnectedError';
  constructor() {
    super('the connection to NATS is away');
  }
}

/** The server takes no message of this size, so it was not sent. */
export class MessageTooLargeError extends Error {
  override readonly name = 'MessageTooLargeError';
  constructor(bytes: number, maxBytes: number) {
    super(`a message of ${bytes} bytes; ${maxBytes} are possible`);
  }
}

/** Whether an error of the connection says that the server does not let this user in: its JWT has expired, was revoked, or never was good. */
export const isLoginRefused = (error: unknown): boolean =>
  error instanceof Error &&
  (error.name === 'AuthorizationError' ||
    error.name === 'UserAuthenticationExpiredError' ||
    /authentication (revoked|expired)/i.test(error.message));
