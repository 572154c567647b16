import { createHash } from 'node:crypto';
import { lstat, mkdir, mkdtemp, readFile, readdir, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { builtInCommands, type ResultOf } from '@klevr/contracts/commands';
import { newId } from '@klevr/contracts/ids';
import { builtInCommandsOf } from '../run/built-in-commands.js';
import { agentHost } from './agent-host.fixture.js';

const sha256 = (text: string | Buffer): string => createHash('sha256').update(text).digest('hex');

describe('WriteFile', () => {
  let folder: string;
  let path: string;
  const write = async (parameters: object, signal = new AbortController().signal): Promise<ResultOf<'WriteFile'>> => {
    const context = {
      runId: newId('run'),
      attempt: 1,
      taskName: 'test',
      signal,
      credentials: new Map<string, string>(),
      say: () => undefined,
    };
    const output = await builtInCommandsOf(agentHost())
      .get('WriteFile')
      ?.run({ path, ...parameters }, context);
    return builtInCommands.WriteFile.result.parse(JSON.parse(output ?? 'null'));
  };
  const modeOf = async (file: string): Promise<string> => ((await stat(file)).mode & 0o7777).toString(8);

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'klevr-write-'));
    path = join(folder, 'file.conf');
  });
  afterEach(() => rm(folder, { recursive: true }));

  it('puts a new file in its place, as text or from base64', async () => {
    expect(await write({ content: 'grüße\n' })).toEqual({ path, bytes: 8, sha256: sha256('grüße\n'), changed: true });
    expect([await readFile(path, 'utf8'), await modeOf(path)]).toEqual(['grüße\n', '644']);
    const bytes = Buffer.from([0, 255, 128, 10]);
    expect(await write({ content: bytes.toString('base64'), encoding: 'base64', mode: '0600' })).toMatchObject({ changed: true, bytes: 4 });
    expect([await readFile(path), await modeOf(path)]).toEqual([bytes, '600']);
    expect(await readdir(folder)).toEqual(['file.conf']);
  });

  it('sets the mode whatever the umask, and keeps that of the file before', async () => {
    const before = process.umask(0o077);
    try {
      await write({ content: 'a', mode: '2775' });
      expect(await modeOf(path)).toBe('2775');
      await write({ content: 'b' });
      expect(await modeOf(path)).toBe('2775');
    } finally {
      process.umask(before);
    }
  });

  it('touches nothing where all is so already', async () => {
    await write({ content: 'same', mode: '640' });
    const { ino, mtimeMs } = await stat(path);
    expect(await write({ content: 'same', mode: '640', backup: true })).toMatchObject({ changed: false });
    expect(await stat(path)).toMatchObject({ ino, mtimeMs });
    expect(await write({ content: 'same', mode: '600' })).toMatchObject({ changed: true });
    expect(await readdir(folder)).toEqual(['file.conf']);
  });

  it('is seen as a whole: whoever has the old file open goes on with it', async () => {
    await write({ content: 'old' });
    const { ino } = await stat(path);
    await write({ content: 'new' });
    expect((await stat(path)).ino).not.toBe(ino);
  });

  it('touches nothing where the content does not fit its checksum, or is no base64', async () => {
    await write({ content: 'old' });
    await expect(write({ content: 'new', sha256: sha256('other') })).rejects.toThrow(
      /SHA-256 [0-9a-f]{64}, not [0-9a-f]{64}: nothing was written/,
    );
    await expect(write({ content: 'no base64!', encoding: 'base64' })).rejects.toThrow('the content is no base64');
    expect(await readFile(path, 'utf8')).toBe('old');
    expect(await write({ content: 'new', sha256: sha256('new').toUpperCase() })).toMatchObject({ sha256: sha256('new') });
  });

  it('refuses a symbolic link, unless it is to be followed', async () => {
    const target = join(folder, 'target');
    await writeFile(target, 'old');
    await symlink('target', path);
    await expect(write({ content: 'new' })).rejects.toThrow(/is a symbolic link \(`followSymlink` writes the file that it points to\)/);
    expect(await readFile(target, 'utf8')).toBe('old');
    expect(await write({ content: 'new', followSymlink: true })).toMatchObject({ path: target, changed: true });
    expect([(await lstat(path)).isSymbolicLink(), await readFile(target, 'utf8')]).toEqual([true, 'new']);
  });

  it('refuses a folder, and a path below a file, and says so', async () => {
    await mkdir(path);
    await expect(write({ content: 'x' })).rejects.toThrow(`${path} is a folder: nothing was written`);
    await writeFile(join(folder, 'plain'), '');
    await expect(write({ path: join(folder, 'plain', 'below'), content: 'x' })).rejects.toThrow(/ENOTDIR/);
  });

  it('makes missing folders only where it is told to', async () => {
    const deep = join(folder, 'a', 'b', 'file');
    await expect(write({ path: deep, content: 'x' })).rejects.toThrow(/`createFolders` makes missing folders/);
    await write({ path: deep, content: 'x', createFolders: true });
    expect(await readFile(deep, 'utf8')).toBe('x');
  });

  it('keeps the file before, with its mode, where it is told to', async () => {
    await write({ content: 'one', mode: '600', backup: true });
    expect(await readdir(folder)).toEqual(['file.conf']);
    await write({ content: 'two', mode: '644', backup: true });
    expect([await readFile(`${path}.bak`, 'utf8'), await modeOf(`${path}.bak`)]).toEqual(['one', '600']);
    expect([await readFile(path, 'utf8'), await modeOf(path)]).toEqual(['two', '644']);
  });

  it('leaves the file as it is, and nothing else, where its backup cannot be put', async () => {
    await write({ content: 'one' });
    await mkdir(`${path}.bak`);
    await expect(write({ content: 'two', backup: true })).rejects.toThrow(/EISDIR|directory/);
    expect([await readFile(path, 'utf8'), (await readdir(folder)).sort()]).toEqual(['one', ['file.conf', 'file.conf.bak']]);
  });

  it('gives the file to the owner that is named, by name or number', async () => {
    const { uid, gid } = await stat(folder);
    await write({ content: 'mine', owner: uid, group: String(gid) });
    expect(await stat(path)).toMatchObject({ uid, gid });
    await expect(write({ content: 'x', owner: 'nobody-of-that-name' })).rejects.toThrow(
      'there is no user nobody-of-that-name on this host',
    );
    await expect(write({ content: 'x', group: 'no-group-of-that-name' })).rejects.toThrow(
      'there is no group no-group-of-that-name on this host',
    );
  });

  it('gives the file to another owner only where the agent may, and then keeps it so', async () => {
    const owned = async (parameters: object): Promise<string> => {
      await write(parameters);
      const { uid, gid } = await stat(path);
      return `${uid}:${gid} ${await modeOf(path)}`;
    };
    const outcomes = [
      await owned({ content: 'given', owner: 1, group: 1, mode: '4755' }).catch(String),
      await owned({ content: 'given again' }).catch(String),
    ];
    const [asRoot, own] = [process.getuid?.() === 0, await stat(folder)];
    const refused = 'Error: the owner cannot be set to 1:1: EPERM: operation not permitted, fchown';
    expect(outcomes).toEqual(asRoot ? ['1:1 4755', '1:1 4755'] : [refused, `${own.uid}:${own.gid} 644`]);
    expect(await readdir(folder)).toEqual(['file.conf']);
  });

  it('leaves nothing behind where it cannot write, or is ended before', async () => {
    const stopped = new AbortController();
    stopped.abort();
    await expect(write({ content: 'x' }, stopped.signal)).rejects.toThrow('aborted');
    expect(await readdir(folder)).toEqual([]);
    await rm(folder, { recursive: true });
    await expect(write({ content: 'x' })).rejects.toThrow(/cannot be written: ENOENT/);
    await mkdir(folder);
  });

  it('refuses parameters that are not as they should be', async () => {
    for (const [parameters, fault] of [
      [{ path: 'relative', content: '' }, /must be an absolute path/],
      [{ path: '/ends/with/', content: '' }, /must be an absolute path of a file/],
      [{ content: '', mode: '8' }, /must be three or four octal digits/],
      [{ content: '', sha256: 'x' }, /64 hexadecimal digits/],
      [{}, /parameters of WriteFile: content/],
    ] as const) {
      expect(
        () =>
          void builtInCommandsOf(agentHost())
            .get('WriteFile')
            ?.run({ path, ...parameters }, undefined as never),
      ).toThrow(fault);
    }
  });
});
