import type { Network } from './libvirt-spec.js';
import { element, leaf, readXml } from './xml.js';

/** What of a network is compared. The bridge is libvirt's choice. */
export interface NetworkFacts {
  readonly mode: Network['mode'];
  readonly address: string;
  readonly dhcpFrom: string | null;
  readonly dhcpTo: string | null;
}

export const networkFactsOf = ({ mode, address, dhcp }: Network): NetworkFacts => ({
  ...{ mode, address },
  dhcpFrom: dhcp?.from ?? null,
  dhcpTo: dhcp?.to ?? null,
});

export const networkXml = (
  { uuid, name, mark }: { readonly uuid: string; readonly name: string; readonly mark: string },
  { mode, address, dhcpFrom, dhcpTo }: NetworkFacts,
): string => {
  const [ip = '', prefix = ''] = address.split('/');
  const range = dhcpFrom === null || dhcpTo === null ? [] : [element('dhcp', {}, element('range', { start: dhcpFrom, end: dhcpTo }))];
  return element(
    'network',
    {},
    leaf('name', name),
    leaf('uuid', uuid),
    element('metadata', {}, mark),
    ...(mode === 'isolated' ? [] : [element('forward', { mode })]),
    element('ip', { address: ip, prefix }, ...range),
  );
};

export const readNetwork = (xml: string): NetworkFacts => {
  const root = readXml(xml);
  const mode = root.attribute('forward@mode');
  const prefix = root.attribute('ip@prefix') ?? prefixOf(root.attribute('ip@netmask') ?? '');
  return {
    mode: mode === 'nat' || mode === 'route' ? mode : 'isolated',
    address: `${root.attribute('ip@address') ?? ''}/${prefix}`,
    dhcpFrom: root.attribute('ip/dhcp/range@start') ?? null,
    dhcpTo: root.attribute('ip/dhcp/range@end') ?? null,
  };
};

const prefixOf = (netmask: string): number =>
  netmask
    .split('.')
    .map((part) => Number(part).toString(2).replaceAll('0', '').length)
    .reduce((sum, bits) => sum + bits, 0);
