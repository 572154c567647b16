import { z } from 'zod';
import { dockerSettings } from './docker/docker-endpoint.js';
import { libvirtSettings } from './libvirt/libvirt-settings.js';

/** What a worker can be told about its engines, by variables `KLEVR_<KEY IN CAPITALS>`. Each driver has its own keys here; where none is set it finds its engines itself. */
export const driverSettings = {
  ...dockerSettings,
  ...libvirtSettings,
  pretendWorld: z.string().min(1).optional().describe('file that is the engine of the pretend driver; without it there is none'),
  terraformBinary: z.string().min(1).optional().describe('terraform or tofu; the one on PATH if not given'),
  terraformEngine: z.string().min(1).max(255).optional().describe('id of the engine; workers that share it need a shared folder of state'),
  terraformPluginFolder: z.string().min(1).optional().describe('providers are taken from here and nowhere else'),
  terraformConfigFile: z.string().min(1).optional().describe("terraform's own settings of its user: mirrors, registries and their tokens"),
  kubeconfig: z.string().min(1).optional().describe("kubectl's settings; inside of a cluster the pod's own account is used if not given"),
  kubeContext: z.string().min(1).max(255).optional().describe('of the kubeconfig; its current one if not given'),
  kubectlBinary: z.string().min(1).optional().describe('kubectl on PATH if not given'),
  helmBinary: z.string().min(1).optional().describe('helm on PATH if not given'),
};
export type DriverSettings = z.infer<z.ZodObject<typeof driverSettings>>;
