import { Log } from '@klevr/platform/log';

/** A log that keeps its lines for a test to look at. */
export class KeptLog extends Log {
  readonly lines: { level: string; message: string; fields: object }[] = [];

  debug(fields: object, message: string): void {
    this.lines.push({ level: 'debug', message, fields });
  }
  info(fields: object, message: string): void {
    this.lines.push({ level: 'info', message, fields });
  }
  warn(fields: object, message: string): void {
    this.lines.push({ level: 'warn', message, fields });
  }
  error(fields: object, message: string): void {
    this.lines.push({ level: 'error', message, fields });
  }
  fatal(fields: object, message: string): void {
    this.lines.push({ level: 'fatal', message, fields });
  }
  child(): Log {
    return this;
  }
}
