import type { Readable } from 'node:stream';
import { inspectContainer, type ActualContainer } from './actual-state.js';
import { withSignal, type DockerApi } from './docker-api.js';
import type { ContainerSpec } from './docker-spec.js';
import { jsonLines, unmixed } from './docker-streams.js';

/**
 * Waits until a container that was started is good: a job until it ended well, one with a check of the engine until that is good, any other until it ran for a
 * while. Throws with the last lines of its log where it is not. It waits for the engine's events, never asks again and again.
 */
const shownLines = 20;
/** For the engine to answer at all. */
const marginSeconds = 30;

export const awaitGood = async (api: DockerApi, id: string, spec: ContainerSpec, masked: (text: string) => string): Promise<void> => {
  const before = await inspectContainer(api, id);
  const fault = spec.job
    ? await jobFault(api, id, spec)
    : ((await settleFault(api, id, spec, before)) ?? (await healthFault(api, id, spec)));
  if (fault === undefined) return;
  const log = await lastLines(api, id).catch(() => '');
  const name = before?.name ?? id;
  throw new Error(masked(`${name} ${fault}${log === '' ? ', and has written nothing' : `. The end of its log:\n${log}`}`));
};

const jobFault = async (api: DockerApi, id: string, { startTimeoutSeconds }: ContainerSpec): Promise<string | undefined> => {
  const code = await endCode(api, id, startTimeoutSeconds);
  if (code === undefined) return `has not ended within ${startTimeoutSeconds} s`;
  return code === 0 ? undefined : `ended with exit code ${code}`;
};

const settleFault = async (
  api: DockerApi,
  id: string,
  { settleSeconds }: ContainerSpec,
  before: ActualContainer | undefined,
): Promise<string | undefined> => {
  if (settleSeconds > 0) await endCode(api, id, settleSeconds);
  const after = await inspectContainer(api, id);
  if (after === undefined) return 'is gone';
  const { State, RestartCount } = after.info;
  const again = RestartCount > (before?.info.RestartCount ?? 0);
  if (State.Running && !State.Restarting && !again) return undefined;
  return `ended with exit code ${State.ExitCode}${State.OOMKilled ? ', as it had no memory left' : ''}${State.Error === '' ? '' : ` (${State.Error})`}`;
};

/** Undefined where it still runs after this time. */
const endCode = async (api: DockerApi, id: string, seconds: number): Promise<number | undefined> => {
  const over = AbortSignal.timeout(seconds * 1000);
  try {
    const { StatusCode } = (await api.ask(
      'waiting for a container',
      (docker, signal) => docker.getContainer(id).wait(withSignal({ condition: 'not-running' as const }, AbortSignal.any([signal, over]))),
      seconds + marginSeconds,
    )) as { StatusCode: number };
    return StatusCode;
  } catch (error) {
    if (over.aborted) return undefined;
    throw error;
  }
};

const healthFault = async (api: DockerApi, id: string, { health, startTimeoutSeconds }: ContainerSpec): Promise<string | undefined> => {
  if (health === undefined) return undefined;
  const over = AbortSignal.timeout(startTimeoutSeconds * 1000);
  try {
    return await api.ask(
      'waiting for the health of a container',
      async (docker, signal) => {
        const filters = { type: ['container' as const], container: [id], event: ['health_status', 'die', 'destroy'] };
        const stream = (await docker.getEvents(withSignal({ filters }, AbortSignal.any([signal, over])))) as Readable;
        // What happened before the events were heard.
        let state = await healthOf(api, id);
        if (state === 'starting') for await (const _event of jsonLines(stream)) if ((state = await healthOf(api, id)) !== 'starting') break;
        stream.destroy();
        return state === 'healthy' ? undefined : `is ${state}`;
      },
      startTimeoutSeconds + marginSeconds,
    );
  } catch (error) {
    if (over.aborted) return `has not become healthy within ${startTimeoutSeconds} s`;
    throw error;
  }
};

const healthOf = async (api: DockerApi, id: string): Promise<string> => {
  const { State } = (await inspectContainer(api, id))?.info ?? {};
  if (State === undefined) return 'gone';
  if (!State.Running) return `ended with exit code ${State.ExitCode}`;
  const last = State.Health?.Log.at(-1)?.Output.trim() ?? '';
  return State.Health?.Status === 'unhealthy' ? `unhealthy: ${last}` : (State.Health?.Status ?? 'healthy');
};

const lastLines = async (api: DockerApi, id: string): Promise<string> => {
  const log = await api.ask('the log of a container', (docker, signal) =>
    docker.getContainer(id).logs(withSignal({ follow: false as const, stdout: true, stderr: true, tail: shownLines }, signal)),
  );
  return unmixed(Buffer.from(log)).trim();
};
