import { execFile } from 'node:child_process';
import { constants } from 'node:fs';
import { access } from 'node:fs/promises';
import { delimiter, join } from 'node:path';

/** Tools that tasks and recipes may need, each with what makes it tell its version. */
const tools: Readonly<Record<string, readonly string[]>> = {
  docker: ['--version'],
  git: ['--version'],
  helm: ['version', '--short'],
  kubectl: ['version', '--client'],
  podman: ['--version'],
  python3: ['--version'],
  systemctl: ['--version'],
  terraform: ['--version'],
  virsh: ['--version'],
};
const timeoutMs = 3_000;

const known = new Map<string, Promise<Record<string, string>>>();

/** Which of the tools are there, with their versions. They are asked once in the life of the process; a tool that does not answer in time is left out. */
export const toolVersions = (path: string): Promise<Record<string, string>> => {
  const found = known.get(path) ?? askAll(path);
  known.set(path, found);
  return found;
};

const askAll = async (path: string): Promise<Record<string, string>> => {
  const answers = await Promise.all(
    Object.entries(tools).map(async ([tool, args]) => {
      const file = await findOnPath(tool, path);
      const version = file === undefined ? undefined : versionFrom(await ask(file, args));
      return version === undefined ? [] : [[tool, version] as const];
    }),
  );
  return Object.fromEntries(answers.flat());
};

/** The first thing in the text that looks like a version. */
export const versionFrom = (text: string): string | undefined => /\d+(\.\d+)+([-+.][0-9A-Za-z.]+)?|\b\d+\b/.exec(text)?.[0];

const findOnPath = async (tool: string, path: string): Promise<string | undefined> => {
  for (const folder of path.split(delimiter)) {
    const file = join(folder, tool);
    const there = await access(file, constants.X_OK).then(
      () => true,
      () => false,
    );
    if (folder !== '' && there) return file;
  }
  return undefined;
};

const ask = (file: string, args: readonly string[]): Promise<string> =>
  new Promise((resolve) => {
    execFile(file, args, { timeout: timeoutMs, killSignal: 'SIGKILL', maxBuffer: 64 * 1024 }, (error, stdout) =>
      resolve(error ? '' : stdout),
    );
  });
