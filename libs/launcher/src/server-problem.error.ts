/** A server that Klevr needs cannot be used. `message` is one line; it names the server and the cure, and holds no secret. */
export class ServerProblemError extends Error {
  constructor(
    readonly server: 'nats-server' | 'mariadb' | 'redis',
    problem: string,
    readonly cure: string,
    options?: { cause?: unknown },
  ) {
    super(`${server}: ${problem} ${cure}`, options);
    this.name = 'ServerProblemError';
  }
}
