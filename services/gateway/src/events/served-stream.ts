/** `gone`: the client hung up, nobody is told. */
export type EndReason = 'tooSlow' | 'sessionEnded' | 'stopping' | 'gone';

/** What a client is told of the end of its stream. */
export const endings: Record<Exclude<EndReason, 'gone'>, string> = {
  tooSlow: 'The events came faster than they were taken; resume with Last-Event-ID',
  sessionEnded: 'The session or token has ended, or what it may see has changed; resume with Last-Event-ID',
  stopping: 'This server stops; resume with Last-Event-ID',
};

/** How long a client that was cut off waits before it comes again. */
export const opening = Buffer.from('retry: 1000\n\n');
export const nothing = Buffer.alloc(0);

/** What is sent to one client for as long as it likes. */
export interface ServedStream {
  chunks(): AsyncGenerator<Buffer>;
  /** It is time to give the client something to take. */
  heartbeat(): void;
  end(reason: EndReason): void;
}
