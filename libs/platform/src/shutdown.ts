import type { Log } from './log.js';

export interface ShutdownOptions {
  readonly log: Log;
  /** Ends the service in order; called at most once. */
  readonly close: (signal: string) => Promise<void>;
  readonly deadlineMs?: number;
}

/**
 * Ends the process on SIGTERM or SIGINT: in order, with code 0, or after the deadline (8 s unless said) as it stands, with code 1. Further signals
 * are ignored meanwhile, since a terminal and a parent may both send one. An uncaught error or unhandled rejection is logged and ends the process
 * with code 1 at once: its state is unknown, and what was accepted is in the database.
 */
export function exitOnSignals({ log, close, deadlineMs = 8_000 }: ShutdownOptions): void {
  let closing = false;
  const end = (signal: string): void => {
    if (closing) return;
    closing = true;
    log.info({ signal }, 'stopping');
    const deadline = setTimeout(() => {
      log.error({ deadlineMs }, 'not stopped in time, ending as it stands');
      process.exit(1);
    }, deadlineMs);
    close(signal).then(
      () => {
        clearTimeout(deadline);
        log.info({}, 'stopped');
        process.exit(0);
      },
      (error: unknown) => {
        log.error({ error }, 'stopping failed');
        process.exit(1);
      },
    );
  };
  process.on('SIGTERM', end);
  process.on('SIGINT', end);
}

/** See `exitOnSignals`; separate, so that it holds during the start as well. */
export function exitOnUncaught(log: Log): void {
  const die = (error: unknown): void => {
    log.fatal({ error }, 'uncaught error');
    process.exit(1);
  };
  process.on('uncaughtException', die);
  process.on('unhandledRejection', die);
}
