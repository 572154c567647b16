import { element, leaf, readXml } from './xml.js';

/** What of a volume is compared. */
export interface VolumeFacts {
  readonly format: string;
  readonly capacityBytes: number;
  /** The file below it, of which it holds the differences. */
  readonly backing: string | null;
}

export interface NewVolume {
  readonly name: string;
  readonly format: string;
  /** Undefined: as large as what it is made from. */
  readonly capacityBytes: number | undefined;
  readonly backing: { readonly path: string; readonly format: string } | undefined;
}

export const volumeXml = ({ name, format, capacityBytes, backing }: NewVolume): string =>
  element(
    'volume',
    {},
    leaf('name', name),
    ...(capacityBytes === undefined ? [] : [leaf('capacity', capacityBytes, { unit: 'bytes' })]),
    ...(format === 'raw' ? [leaf('allocation', 0)] : []),
    element('target', {}, element('format', { type: format })),
    ...(backing === undefined
      ? []
      : [element('backingStore', {}, leaf('path', backing.path), element('format', { type: backing.format }))]),
  );

export const readVolume = (xml: string): VolumeFacts => {
  const root = readXml(xml);
  return {
    format: root.attribute('target/format@type') ?? 'raw',
    capacityBytes: (root.kibibytes('capacity') ?? 0) * 1024,
    backing: root.text('backingStore/path') ?? null,
  };
};

export const poolXml = (name: string, folder: string): string =>
  element('pool', { type: 'dir' }, leaf('name', name), element('target', {}, leaf('path', folder)));

export const poolFolderOf = (xml: string): string => readXml(xml).text('target/path') ?? '';
