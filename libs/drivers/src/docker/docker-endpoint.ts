import { join } from 'node:path';
import { z } from 'zod';

/** Where the Docker Engine of a worker is. Promises: nothing but a local socket, or TCP with TLS on both sides. */
export const dockerSettings = {
  dockerHost: z
    .string()
    .regex(/^(unix:\/\/\/|tcp:\/\/)[^\s]+$/, 'must be unix:///path or tcp://host:port')
    .optional()
    .describe('the Docker Engine; DOCKER_HOST if not given, else unix:///var/run/docker.sock'),
  dockerSocket: z.string().startsWith('/').optional().describe('path of its socket, instead of KLEVR_DOCKER_HOST'),
  dockerCertPath: z
    .string()
    .min(1)
    .optional()
    .describe('folder with ca.pem, cert.pem and key.pem for tcp://; DOCKER_CERT_PATH if not given'),
};

export type DockerEndpoint =
  | { readonly socketPath: string }
  | { readonly host: string; readonly port: number; readonly files: Readonly<Record<'ca' | 'cert' | 'key', string>> };

interface Told {
  readonly dockerHost?: string | undefined;
  readonly dockerSocket?: string | undefined;
  readonly dockerCertPath?: string | undefined;
}

const usualSocket = '/var/run/docker.sock';
const tlsPort = 2376;

/** Throws where it is no address that this driver takes. */
export const dockerEndpoint = (settings: Told, environment: Readonly<Record<string, string>>): DockerEndpoint => {
  if (settings.dockerSocket !== undefined) return { socketPath: settings.dockerSocket };
  const address = settings.dockerHost ?? environment['DOCKER_HOST'] ?? `unix://${usualSocket}`;
  if (address.startsWith('unix://')) return { socketPath: address.slice('unix://'.length) || usualSocket };
  if (!address.startsWith('tcp://')) throw new Error(`${address} is no address of a Docker Engine: unix:///path or tcp://host:port`);
  const folder = settings.dockerCertPath ?? environment['DOCKER_CERT_PATH'];
  if (folder === undefined)
    throw new Error(
      `${address} is not used without TLS: whoever reaches it is root there. Set KLEVR_DOCKER_CERT_PATH to a folder with certificates`,
    );
  const { hostname, port } = new URL(address);
  return {
    host: hostname,
    port: port === '' ? tlsPort : Number(port),
    files: { ca: join(folder, 'ca.pem'), cert: join(folder, 'cert.pem'), key: join(folder, 'key.pem') },
  };
};

export const endpointText = (endpoint: DockerEndpoint): string =>
  'socketPath' in endpoint ? `unix://${endpoint.socketPath}` : `tcp://${endpoint.host}:${endpoint.port}`;
