import { readFile } from 'node:fs/promises';

/**
 * A file in which every run leaves one line as it runs: each write is appended by the kernel in one piece, so runs side by side, and runs that are
 * killed, lose nobody's line. What stands here did happen, whatever Klevr believes.
 */
export class Witness {
  constructor(readonly path: string) {}

  /** A command of a script by which it is seen. */
  script(line = '$KLEVR_RUN_ID'): string {
    return `echo "${line}" >> '${this.path}';`;
  }

  async lines(): Promise<string[]> {
    const text = await readFile(this.path, 'utf8').catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return '';
      throw error;
    });
    return text.split('\n').filter((line) => line !== '');
  }

  async counts(): Promise<Map<string, number>> {
    const counts = new Map<string, number>();
    for (const line of await this.lines()) counts.set(line, (counts.get(line) ?? 0) + 1);
    return counts;
  }
}
