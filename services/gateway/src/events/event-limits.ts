/** What the following of events and logs may cost this process. */
export class EventLimits {
  /** What a client may be behind: with more, its stream is ended, and it resumes from what NATS keeps. */
  readonly recentEvents: number = 20_000;
  readonly recentBytes: number = 16 * 1024 * 1024;
  readonly streams: number = 1_000;
  readonly streamsPerUser: number = 250;
  readonly heartbeatMs: number = 15_000;
  /** A client that takes nothing for so long is let go. */
  readonly stalledMs: number = 60_000;
  /** What a follower of logs may be behind in memory; with more, it is given what is stored. */
  readonly liveLogBytes: number = 1024 * 1024;
  /** Output may come a moment after the end of its run: so long nothing must have come before a follower is told the end. */
  readonly logQuietMs: number = 1_000;
}
