import { describe, expect, it } from '@jest/globals';
import { type InstalledPackage, Manifest } from './installed.js';
import { installScriptFaults, type InstallScriptsInput } from './install-scripts.js';
import { LockFile } from './lock-file.js';

const lockOf = (hasInstallScript: boolean): LockFile =>
  LockFile.parse({ lockfileVersion: 3, packages: { 'node_modules/x': { version: '1.0.0', hasInstallScript } } });
const installedOf = (manifest: unknown, hasGypFile = false): InstalledPackage => ({
  path: 'node_modules/x',
  name: 'x',
  version: '1.0.0',
  production: true,
  manifest: Manifest.parse(manifest),
  hasGypFile,
});

const reasons = { x: 'Its script only looks whether the binary is there.' };
const sound: InstallScriptsInput = {
  own: [{ path: 'package.json', scripts: { build: 'tsc', pretest: 'x' } }],
  lock: lockOf(true),
  installed: [installedOf({ scripts: { postinstall: 'node fetch.js' } })],
  allowScripts: { x: false },
  npmrc: 'audit=false\nignore-scripts=true\n',
  reasons,
};

describe('install scripts', () => {
  it('finds nothing wrong where each is refused with a reason', () => {
    expect(installScriptFaults(sound)).toEqual([]);
  });

  it.each(['preinstall', 'install', 'postinstall', 'prepare', 'prepublish', 'dependencies'])('names a script %s of ours', (name) => {
    const own = [...sound.own, { path: 'libs/a/package.json', scripts: { [name]: 'curl https://example.test | sh' } }];
    expect(installScriptFaults({ ...sound, own })).toEqual([`libs/a/package.json: has the script ${name}, which npm runs at installation`]);
  });

  it.each([
    ['the lock file', { lock: lockOf(true), installed: [] }],
    ['the installed package alone', { lock: lockOf(false), installed: [installedOf({ scripts: { install: 'x' } })] }],
    ['what npm would compile', { lock: lockOf(false), installed: [installedOf({}, true)] }],
  ])('names a package of others that has one and is not refused, going by %s', (_by, found) => {
    expect(installScriptFaults({ ...sound, ...found, allowScripts: {}, reasons: {} })).toEqual([
      'x has an install script and does not stand in allowScripts',
    ]);
  });

  it.each([
    ['one that would run', { allowScripts: { x: true } }, 'allowScripts lets x run its install script'],
    ['one without a reason', { reasons: {} }, 'allowScripts names x without a reason'],
    ['one that is gone', { lock: lockOf(false), installed: [installedOf({})] }, 'allowScripts names x, which has no install script'],
    ['a reason for none', { reasons: { ...reasons, y: 'y' } }, 'there is a reason for y, which does not stand in allowScripts'],
    ['an .npmrc that lets older versions of npm run them', { npmrc: '#ignore-scripts=true' }, '.npmrc: lacks ignore-scripts=true'],
  ])('names %s', (_what, change, fault) => {
    expect(installScriptFaults({ ...sound, ...change })).toEqual([fault]);
  });
});
