import type { CloudFacts } from '@klevr/contracts/agent';
import { readText } from './read-text.js';

/** What the firmware says of the machine; a cloud writes its name there, and no network is needed to read it. */
export interface Firmware {
  readonly vendor?: string | undefined;
  readonly product?: string | undefined;
  readonly bios?: string | undefined;
  readonly chassis?: string | undefined;
}

type Provider = CloudFacts['provider'];

/** Azure's mark on every one of its machines; the vendor alone is that of every Hyper-V guest. */
const azureChassis = '7783-7084-3265-9085-8269-3286-77';

const signs: readonly (readonly [Provider, (firmware: Required<{ [F in keyof Firmware]: string }>) => boolean])[] = [
  ['aws', ({ vendor, bios }) => /^amazon ec2$/i.test(vendor) || /^amazon ec2$/i.test(bios) || /\.amazon$/i.test(bios)],
  ['gcp', ({ vendor, product }) => /^google compute engine$/i.test(product) || (vendor === 'Google' && product === '')],
  ['azure', ({ chassis }) => chassis === azureChassis],
  ['digitalocean', ({ vendor }) => /^digitalocean$/i.test(vendor)],
  ['hetzner', ({ vendor }) => /^hetzner$/i.test(vendor)],
  ['other', ({ vendor, chassis }) => /^(alibaba cloud|scaleway|vultr|linode|akamai)/i.test(vendor) || /^oraclecloud/i.test(chassis)],
  [
    'openstack',
    ({ vendor, product, chassis }) =>
      /^openstack (nova|compute)/i.test(product) || /^openstack/i.test(vendor) || /^(opentelekomcloud|sap ccloud vm)$/i.test(chassis),
  ],
];

/** Undefined where no cloud is named. */
export const providerFrom = ({ vendor = '', product = '', bios = '', chassis = '' }: Firmware): Provider | undefined =>
  signs.find(([, fits]) => fits({ vendor, product, bios, chassis }))?.[0];

export const readFirmware = async (): Promise<Firmware> => {
  const names = ['sys_vendor', 'product_name', 'bios_vendor', 'chassis_asset_tag'];
  const [vendor, product, bios, chassis] = await Promise.all(names.map((name) => readText(`/sys/class/dmi/id/${name}`)));
  return { vendor, product, bios, chassis };
};
