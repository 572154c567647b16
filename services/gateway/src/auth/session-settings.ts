/** How long sessions are good. */
export class SessionSettings {
  constructor(
    /** From one renewal to the next. */
    readonly ttlSeconds = 7_200,
    /** From the sign-in, however often it is renewed. */
    readonly maxSeconds = 86_400,
  ) {}
}
