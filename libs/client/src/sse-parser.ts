/** One message of an event stream. `event` and `data` are undefined where only the place was told. */
export interface SseMessage {
  readonly id: string | undefined;
  readonly event: string | undefined;
  readonly data: string | undefined;
}

/**
 * Reads server-sent events from text as it comes.
 *
 * Promises: each message once it is whole, in order, also those that only tell the place (`id` alone), which parsers for pages drop; a stream that is
 * resumed from such a place asks for nothing that was seen to be of no interest. Line breaks of any kind.
 * Does not promise: a limit of its own to the length of a message.
 */
export class SseParser {
  comments = 0;
  private rest = '';
  private id: string | undefined;
  private event: string | undefined;
  private data: string[] = [];

  /** The messages that this text completes. */
  take(text: string): SseMessage[] {
    // The second half of a pair may be still to come.
    const whole = this.rest + text;
    const lines = whole.replace(/\r$/, '').split(/\r\n|\n|\r/);
    this.rest = (lines.pop() ?? '') + (whole.endsWith('\r') ? '\r' : '');
    return lines.flatMap((line) => this.line(line));
  }

  private line(line: string): SseMessage[] {
    if (line === '') return this.message();
    const [, name = '', value = ''] = /^([^:]*):? ?(.*)$/s.exec(line) ?? [];
    if (name === '') this.comments += 1;
    else if (name === 'id') this.id = value;
    else if (name === 'event') this.event = value;
    else if (name === 'data') this.data.push(value);
    return [];
  }

  private message(): SseMessage[] {
    const { id, event, data } = this;
    this.id = this.event = undefined;
    this.data = [];
    if (id === undefined && data.length === 0) return [];
    return [{ id, event: data.length === 0 ? undefined : event, data: data.length === 0 ? undefined : data.join('\n') }];
  }
}
