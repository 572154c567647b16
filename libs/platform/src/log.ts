/**
 * What code that logs may ask for; an abstract class, because it is its own injection token. Fields come first, the message is a fixed sentence:
 * what varies belongs into the fields, so that lines can be counted by message.
 */
export abstract class Log {
  abstract debug(fields: object, message: string): void;
  abstract info(fields: object, message: string): void;
  abstract warn(fields: object, message: string): void;
  abstract error(fields: object, message: string): void;
  abstract fatal(fields: object, message: string): void;
  /** A log whose every line carries these fields as well. */
  abstract child(fields: object): Log;
}
