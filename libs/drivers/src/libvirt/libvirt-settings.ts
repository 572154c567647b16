import { z } from 'zod';

/** How a worker reaches libvirt. Where nothing is set: the system's daemon, then the one of its own user's session. */
export const libvirtSettings = {
  libvirtUri: z.string().min(1).optional().describe('such as qemu:///system or qemu:///session'),
  libvirtSocket: z.string().min(1).optional().describe("path of the daemon's unix socket, where it is not at its usual place"),
  libvirtKvm: z
    .enum(['auto', 'off'])
    .optional()
    .describe('auto, as if not given: hardware virtualisation where a machine really starts with it'),
  libvirtPoolFolder: z
    .string()
    .min(1)
    .optional()
    .describe('where the pool is made if it is not there; must be open to the user that QEMU runs as'),
  libvirtConsoleFolder: z.string().min(1).optional().describe('where the logs of serial consoles are; QEMU must be let write there'),
};
