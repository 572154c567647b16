import { randomBytes } from 'node:crypto';
import { link, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { errorCode } from './system-error.js';

/** 128 random bits as letters and digits: safe in URLs, configuration files and SQL text. */
export function generateSecret(): string {
  return randomBytes(16).toString('hex');
}

/** The secret kept in `file`, made at the first call. The file has mode 0600; of two makers at once one wins and both get its secret. */
export async function keepSecret(file: string, make: () => string | Promise<string> = generateSecret): Promise<string> {
  const kept = await readFile(file, 'utf8').catch((error: unknown) => {
    if (errorCode(error) === 'ENOENT') return undefined;
    throw error;
  });
  if (kept !== undefined) return kept.trim();
  await mkdir(dirname(file), { recursive: true, mode: 0o700 });
  const draft = `${file}.${process.pid}.${generateSecret()}`;
  await writeFile(draft, `${await make()}\n`, { mode: 0o600, flag: 'wx' });
  try {
    await link(draft, file);
  } catch (error) {
    if (errorCode(error) !== 'EEXIST') throw error;
  } finally {
    await rm(draft, { force: true });
  }
  return (await readFile(file, 'utf8')).trim();
}

/** Writes a file of mode 0600, replacing it as a whole: who reads it at the same time sees the old or the new one. */
export async function writeSecret(file: string, text: string): Promise<void> {
  await mkdir(dirname(file), { recursive: true, mode: 0o700 });
  const draft = `${file}.${process.pid}.${generateSecret()}`;
  await writeFile(draft, text, { mode: 0o600, flag: 'wx' });
  await rename(draft, file);
}
