import type { AgentLogLevel } from '@klevr/contracts/commands';

/**
 * The last lines that this agent logged, in memory.
 * Promises: at most 10,000 lines and 2 MiB; what is given out fits, the newest lines first counted, in the bytes that are asked for; long lines are cut. It holds
 * what stdout was given, so no secret that is masked there. Does not: survive the process.
 */
const maxLines = 10_000;
const maxHeldBytes = 2 * 1024 * 1024;
const maxLineLength = 8_192;
const rank = ['trace', 'debug', 'info', 'warn', 'error', 'fatal'];

export class LogMemory {
  private lines: string[] = [];
  private first = 0;
  private bytes = 0;

  add(text: string): void {
    const line = text.length > maxLineLength ? `${text.slice(0, maxLineLength)}…` : text.trimEnd();
    this.lines.push(line);
    this.bytes += line.length;
    while (this.lines.length - this.first > maxLines || this.bytes > maxHeldBytes) {
      this.bytes -= this.lines[this.first]?.length ?? 0;
      this.first += 1;
    }
    // Moved together only now and then: a line costs the same however many are held.
    if (this.first > maxLines) {
      this.lines = this.lines.slice(this.first);
      this.first = 0;
    }
  }

  /** The newest ones, oldest first, a line each. */
  last(count: number, level: AgentLogLevel | undefined, maxBytes: number): string {
    const taken: string[] = [];
    let bytes = 0;
    for (let index = this.lines.length - 1; index >= this.first && taken.length < count; index -= 1) {
      const line = this.lines[index] ?? '';
      if (level !== undefined && levelOf(line) < rank.indexOf(level)) continue;
      bytes += Buffer.byteLength(line) + 1;
      if (bytes > maxBytes) break;
      taken.push(line);
    }
    return taken
      .reverse()
      .map((line) => `${line}\n`)
      .join('');
  }
}

/** The logger writes the level first. */
const levelOf = (line: string): number => rank.indexOf(/^\{"level":"(\w+)"/.exec(line)?.[1] ?? 'info');
