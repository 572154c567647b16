import { withSignal, type DockerApi } from './docker-api.js';
import { atMost, unmixed } from './docker-streams.js';

/** Runs a program in a container. Promises: no shell; at most 64 KiB of its output. Does not: end the program in the container when the signal comes, which the engine cannot. */
const outputBytes = 65_536;
const limitSeconds = 600;

export const execute = async (api: DockerApi, id: string, command: readonly string[]): Promise<{ exitCode: number; output: string }> => {
  const settings = { Cmd: [...command], AttachStdout: true, AttachStderr: true };
  const program = await api.ask('running a program', (docker, signal) => docker.getContainer(id).exec(withSignal(settings, signal)));
  const output = await api.ask(
    'running a program',
    async (_docker, abortSignal) => atMost(await program.start({ Detach: false, Tty: false, abortSignal }), outputBytes),
    limitSeconds,
  );
  const { ExitCode } = await api.ask('running a program', (_docker, abortSignal) => program.inspect({ abortSignal }));
  return { exitCode: ExitCode ?? -1, output: unmixed(output) };
};
