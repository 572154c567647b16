import { execFile } from 'node:child_process';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import type { DesiredStack } from './desired-stack.js';
import type { Programs } from './programs.js';

/**
 * Has the tools of Prometheus and Alertmanager read what is about to be written, in a folder beside, so that a fault costs nothing.
 * Throws with what they say. Does not: find what only shows at run time, such as a port that is taken.
 */
const run = promisify(execFile);
const checkMs = 60_000;

export const checkStack = async (
  tried: DesiredStack,
  { programs, folder, root, signal }: { programs: Programs; folder: string; root: string; signal: AbortSignal },
): Promise<void> => {
  await rm(folder, { recursive: true, force: true });
  try {
    for (const file of tried.files) {
      if (!file.path.startsWith(folder)) continue;
      if (file.text === undefined) throw new Error(`${file.part} needs a secret that is not on this worker now: apply the resource`);
      await mkdir(dirname(file.path), { recursive: true, mode: 0o700 });
      await writeFile(file.path, file.text, { mode: 0o600 });
    }
    const told = (message: string): string => message.replaceAll(folder, root);
    for (const { part, path } of tried.files) {
      const tool = part === 'config/alertmanager.yml' ? 'amtool' : /^config\/prometheus(-\d+)?\.yml$/.test(part) ? 'promtool' : undefined;
      if (tool === undefined) continue;
      const args = tool === 'amtool' ? ['check-config', path] : ['check', 'config', path];
      await look(programs[tool] ?? tool, args, signal, (message) => new Error(told(`${tool} refuses ${part}: ${message}`)));
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
};

const look = async (program: string, args: readonly string[], signal: AbortSignal, problem: (said: string) => Error): Promise<void> => {
  try {
    // From here it finds nothing that belongs to anybody.
    await run(program, [...args], { timeout: checkMs, signal, cwd: join('/'), maxBuffer: 1024 * 1024 });
  } catch (cause) {
    signal.throwIfAborted();
    const { stdout, stderr } = (typeof cause === 'object' && cause !== null ? cause : {}) as { stdout?: string; stderr?: string };
    const said = [stdout, stderr].map((text) => text?.trim() ?? '').filter((text) => text !== '');
    throw Object.assign(problem((said.join('\n') || String(cause)).slice(0, 4000)), { cause });
  }
};
