import { labelValue } from './labels.js';

/**
 * The names that a selector may use besides labels: what an agent told of its host, and where its zone is. A label of the same name comes first.
 * Promises: every name is a label name, and every value of them that a selector meets is a label value (see `selectorValue`).
 */
export const selectorNames = {
  os: 'operating system: `linux`, `darwin`, …',
  distribution: "the system's own name for itself, such as `Debian-GNU-Linux-12-bookworm`",
  kernel: 'release of the kernel',
  arch: 'architecture: `x64`, `arm64`, …',
  hostname: 'host name',
  user: 'the user that the agent runs as',
  type: '`physical`, `vm`, `container`, or `unknown`',
  virtualization: '`kvm`, `qemu`, `vmware`, `xen`, `hyperv`, `docker`, `podman`, `lxc`, `wsl`, …, or `none`',
  cpus: 'number of processors',
  'cpu-model': 'what the processor calls itself',
  'memory-gib': 'memory in GiB, rounded',
  'disk-gib': 'all disks together in GiB, rounded',
  'disk-free-gib': 'their free space in GiB, rounded, as last told',
  'uptime-seconds': 'since the host started, as last told',
  address: 'any of the addresses',
  'machine-id': 'id of the installed system',
  'boot-id': 'id of the present run of the kernel',
  'cloud.provider': '`aws`, `gcp`, `azure`, `openstack`, `digitalocean`, `hetzner`, `other`',
  'cloud.region': 'region in the cloud',
  'cloud.zone': 'availability zone in the cloud',
  'cloud.instance-id': "the cloud's id of the machine",
  'cloud.instance-type': "the cloud's name for its size",
  platform: 'platform of the zone',
  environment: 'environment of the zone',
} as const satisfies Readonly<Record<string, string>>;

export type SelectorName = keyof typeof selectorNames;

/** `capability.docker` and so on: there while the tool is, with its version as the value. */
export const capabilityPrefix = 'capability.';

const longest = 63;

/** A value as a selector names it: each run of characters that a label value cannot have is one hyphen. Empty where nothing is left. */
export const selectorValue = (value: string | number): string => {
  const text = String(value);
  if (labelValue.test(text)) return text;
  const plain = text.replace(/[^A-Za-z0-9_.-]+/g, '-').slice(0, longest + 1);
  return plain
    .replace(/^[^A-Za-z0-9]+/, '')
    .slice(0, longest)
    .replace(/[^A-Za-z0-9]+$/, '');
};
