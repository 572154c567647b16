import { spawn } from 'node:child_process';
import { mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Clock } from '@klevr/platform/clock';
import type { Log } from '@klevr/platform/log';

/**
 * Ends what runs under a lease where the agent itself cannot any more: it is frozen, or dead and nobody starts it again.
 * Promises: the process group of an attempt whose lease and kill grace are over is killed within two seconds, by a small shell that lives apart from the agent
 * and goes when no lease is left. Does not: cost anything while there is no lease; act before the agent itself had the time to; find what left the group; work
 * without Linux's /proc.
 */
export interface LeaseGuardOptions {
  /** Where the leases stand, a file each; emptied at the start. */
  readonly folder: string;
  /** The file with the records of the groups that run, a line each; the last one of a run is its present step's. */
  readonly groupsFile: string;
  /** Where programs are found. */
  readonly path: string;
  readonly clock: Pick<Clock, 'setTimer'>;
  readonly log: Log;
}

/** The agent goes first: it knows how to ask before it kills. */
const laterSeconds = 1;
const againMs = 500;

/**
 * A group that is gone may have given its number to another process: one that stands there with another start is left alone. While any of the group lives, its number is
 * given to nobody.
 */
const script = `
while [ -d "$1" ] && read -r up rest < /proc/uptime; do
  held=
  for lease in "$1"/*.lease; do
    [ -f "$lease" ] || continue
    held=yes
    read -r until < "$lease" || continue
    [ "\${up%.*}" -ge "$until" ] || continue
    name=\${lease##*/}
    record=$(grep -F "KLEVR_RUN_ID=\${name%%.*}" "$2" 2>/dev/null | tail -n 1)
    pid=\${record#*'"pid":'}; pid=\${pid%%[!0-9]*}
    ticks=\${record#*'"startTicks":"'}; ticks=\${ticks%%[!0-9]*}
    [ -n "$pid" ] && [ "$pid" -gt 1 ] || continue
    if read -r stat 2>/dev/null < "/proc/$pid/stat"; then
      set -- "$1" "$2" \${stat##*') '}
      [ "\${22}" = "$ticks" ] || { set -- "$1" "$2"; continue; }
      set -- "$1" "$2"
    fi
    kill -s KILL -- "-$pid" 2>/dev/null
  done
  [ -n "$held" ] || exit 0
  sleep 1
done`;

export class LeaseGuard {
  private readonly held = new Set<string>();
  private runs = false;

  constructor(private readonly options: LeaseGuardOptions) {
    rmSync(options.folder, { recursive: true, force: true });
  }

  /** Until when, on the clock that counts sleep, the attempt may run at most. */
  set(name: string, untilSeconds: number): void {
    const { folder, log } = this.options;
    const path = join(folder, `${name}.lease`);
    try {
      mkdirSync(folder, { recursive: true, mode: 0o700 });
      writeFileSync(`${path}.new`, `${Math.ceil(untilSeconds + laterSeconds)}\n`, { mode: 0o600 });
      renameSync(`${path}.new`, path);
    } catch (error) {
      log.error({ error, path }, 'a lease could not be written: only the agent itself will end the attempt in time');
      return;
    }
    this.held.add(name);
    if (!this.runs) this.start();
  }

  drop(name: string): void {
    this.held.delete(name);
    rmSync(join(this.options.folder, `${name}.lease`), { force: true });
  }

  private start(): void {
    const { folder, groupsFile, path, clock, log } = this.options;
    if (process.platform !== 'linux') return;
    this.runs = true;
    const args = ['-c', script, 'klevr-lease-guard', folder, groupsFile];
    const shell = spawn('/bin/sh', args, { env: { PATH: path }, detached: true, stdio: 'ignore' });
    shell.once('error', (error) => log.error({ error }, 'leases cannot be guarded: only the agent itself will end attempts in time'));
    shell.once('exit', () => {
      this.runs = false;
      // It went just when another lease began.
      if (this.held.size > 0) clock.setTimer(() => this.startAgain(), againMs);
    });
    shell.unref();
  }

  private startAgain(): void {
    if (!this.runs && this.held.size > 0) this.start();
  }
}
