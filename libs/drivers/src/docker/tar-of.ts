import { pack, type Header } from 'tar-stream';

type TarHeader = Pick<Header, 'name' | 'mode'> & Partial<Pick<Header, 'uid' | 'gid' | 'type'>>;

/** A tar of these entries as a whole. Always the same bytes for the same entries, so that the engine's own cache of builds works. */
export const tarOf = async (entries: readonly { readonly header: TarHeader; readonly content?: Buffer }[]): Promise<Buffer> => {
  const tar = pack();
  for (const { header, content } of entries) tar.entry({ ...header, mtime: new Date(0) }, content ?? Buffer.alloc(0));
  tar.finalize();
  const parts: Uint8Array[] = [];
  for await (const part of tar) parts.push(part as Uint8Array);
  return Buffer.concat(parts);
};
