import { element, leaf, readXml } from './xml.js';

/** What of a machine is compared: all that this driver writes into its description. Optional devices that libvirt adds by itself are not among it. */
export interface MachineFacts {
  /** The domain type: kvm, qemu, test. */
  readonly virtualisation: string;
  readonly memoryKiB: number;
  readonly vcpus: number;
  readonly cpu: 'default' | 'host';
  readonly kernel: string | null;
  readonly initrd: string | null;
  readonly cmdline: string | null;
  readonly disks: readonly { readonly path: string; readonly format: string; readonly readOnly: boolean }[];
  readonly networks: readonly { readonly type: string; readonly source: string; readonly mac: string }[];
  readonly consoleLog: string | null;
}

export interface MachineIdentity {
  readonly uuid: string;
  readonly name: string;
  /** The element that says whose it is. */
  readonly mark: string;
}

/** Hosts that emulate have nothing of their own to pass through; the most that the emulator can is the nearest to it. */
const hostCpu = (virtualisation: string): string => (virtualisation === 'kvm' ? 'host-passthrough' : 'maximum');

export const machineXml = ({ uuid, name, mark }: MachineIdentity, facts: MachineFacts): string => {
  const direct = facts.kernel === null ? [] : [leaf('kernel', facts.kernel)];
  if (facts.initrd !== null) direct.push(leaf('initrd', facts.initrd));
  if (facts.cmdline !== null) direct.push(leaf('cmdline', facts.cmdline));
  return element(
    'domain',
    { type: facts.virtualisation },
    leaf('name', name),
    leaf('uuid', uuid),
    element('metadata', {}, mark),
    leaf('memory', facts.memoryKiB, { unit: 'KiB' }),
    leaf('vcpu', facts.vcpus),
    element('os', {}, leaf('type', 'hvm'), ...direct, element('boot', { dev: 'hd' })),
    ...(facts.virtualisation === 'test' ? [] : [element('features', {}, element('acpi'))]),
    ...(facts.cpu === 'host' ? [element('cpu', { mode: hostCpu(facts.virtualisation) })] : []),
    leaf('on_poweroff', 'destroy'),
    leaf('on_reboot', 'restart'),
    leaf('on_crash', 'destroy'),
    element('devices', {}, ...facts.disks.map(diskXml), ...facts.networks.map(nicXml), ...consoleXml(facts), ...guestXml(facts)),
  );
};

const diskXml = ({ path, format, readOnly }: MachineFacts['disks'][number], index: number): string =>
  element(
    'disk',
    { type: 'file', device: 'disk' },
    element('driver', { name: 'qemu', type: format }),
    element('source', { file: path }),
    element('target', { dev: `vd${String.fromCodePoint(97 + index)}`, bus: 'virtio' }),
    ...(readOnly ? [element('readonly')] : []),
  );

const nicXml = ({ type, source, mac }: MachineFacts['networks'][number]): string =>
  element(
    'interface',
    { type },
    element('mac', { address: mac }),
    ...(type === 'user' ? [] : [element('source', { [type]: source })]),
    element('model', { type: 'virtio' }),
  );

/** Both: a log that stays, and what `virsh console` opens. */
const consoleXml = ({ consoleLog }: MachineFacts): string[] =>
  consoleLog === null
    ? []
    : [element('serial', { type: 'pty' }, element('log', { file: consoleLog, append: 'on' }), element('target', { port: 0 }))];

/** The guest's agent, which tells addresses, and chance for its keys. */
const guestXml = ({ virtualisation }: MachineFacts): string[] =>
  virtualisation === 'test'
    ? []
    : [
        element('channel', { type: 'unix' }, element('target', { type: 'virtio', name: 'org.qemu.guest_agent.0' })),
        element('rng', { model: 'virtio' }, leaf('backend', '/dev/urandom', { model: 'random' })),
        element('controller', { type: 'usb', model: 'none' }),
      ];

export const readMachine = (xml: string): MachineFacts => {
  const root = readXml(xml);
  const mode = root.attribute('cpu@mode') ?? '';
  return {
    virtualisation: root.attribute('@type') ?? '',
    memoryKiB: root.kibibytes('memory') ?? 0,
    vcpus: Number(root.text('vcpu') ?? 1),
    cpu: ['host-passthrough', 'host-model', 'maximum'].includes(mode) ? 'host' : 'default',
    kernel: root.text('os/kernel') ?? null,
    initrd: root.text('os/initrd') ?? null,
    cmdline: root.text('os/cmdline') ?? null,
    disks: root.all('devices/disk').map((disk) => ({
      path: disk.attribute('source@file') ?? disk.attribute('source@dev') ?? disk.attribute('source@volume') ?? '',
      format: disk.attribute('driver@type') ?? 'raw',
      readOnly: disk.find('readonly') !== undefined,
    })),
    networks: root.all('devices/interface').map((nic) => {
      const type = nic.attribute('@type') ?? '';
      return { type, source: nic.attribute(`source@${type}`) ?? '', mac: nic.attribute('mac@address') ?? '' };
    }),
    consoleLog: root.attribute('devices/serial/log@file') ?? null,
  };
};
