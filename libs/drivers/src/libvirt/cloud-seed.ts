import { Secret } from '@klevr/recipes/secret';
import type { RecipeFiles } from '../driver.js';
import { fatImage } from './fat-image.js';
import type { Machine, SeedText } from './libvirt-spec.js';
import { digestOf } from './ownership.js';

/**
 * What cloud-init finds as a disk (NoCloud). The digest is of what is in it, with fingerprints where secrets stand, so that it is known also where they are not.
 * cloud-init does its work once for each instance id; so that a change is taken up, the id that is given here changes with it.
 */
export interface CloudSeed {
  readonly digest: string;
  image(): Buffer;
}

interface Rendered {
  readonly digest: string;
  text(): string;
}

export const cloudSeed = async (
  { userData, metaData, networkConfig }: NonNullable<Machine['cloudInit']>,
  { files, resourceId, machine, hostname }: { files: RecipeFiles; resourceId: string; machine: string; hostname: string },
): Promise<CloudSeed> => {
  const user = await rendered(userData, files);
  const network = networkConfig === undefined ? undefined : await rendered(networkConfig, files);
  const told = metaData === undefined ? undefined : await rendered(metaData, files);
  const content = digestOf(user.digest, network?.digest ?? '', told?.digest ?? '', hostname).slice(0, 16);
  const instance = `instance-id: ${resourceId}-${machine}-${content}\nlocal-hostname: ${hostname}\n`;
  const image = (): Buffer =>
    fatImage('cidata', [
      { name: 'user-data', data: Buffer.from(user.text()) },
      { name: 'meta-data', data: Buffer.from(told?.text() ?? instance) },
      ...(network === undefined ? [] : [{ name: 'network-config', data: Buffer.from(network.text()) }]),
    ]);
  return { digest: content, image };
};

const rendered = async (text: SeedText, files: RecipeFiles): Promise<Rendered> => {
  if (typeof text === 'string') return { digest: digestOf(text), text: () => text };
  if (text instanceof Secret) return { digest: digestOf('secret', text.fingerprint), text: () => text.reveal() };
  const file = await files.render(text.file);
  return {
    digest: digestOf('file', file.digest),
    text: () => {
      if (!file.known) throw new Error(`${text.file} holds secrets, and these are known in operations only`);
      return file.text;
    },
  };
};
