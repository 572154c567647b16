import { execFile } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { boundaryCases, boundaryPackages, lawfulFiles, lintCases } from './boundaries.fixture.js';

// The rules run on a small workspace in a temporary folder, with the real configuration files, so that a rule that stopped firing is seen.
const root = resolve(import.meta.dirname, '..', '..');
const workspace = mkdtempSync(join(tmpdir(), 'klevr-boundaries-'));

const write = (path: string, text: string): void => {
  const target = join(workspace, path);
  mkdirSync(dirname(target), { recursive: true });
  writeFileSync(target, text);
};

/** Both tools end with a code other than 0 when they find something; only what they print counts here. */
const outputOf = (script: string, args: string[]): Promise<string> =>
  new Promise((done, reject) => {
    const options = { cwd: workspace, maxBuffer: 64 * 1024 * 1024, timeout: 60_000 };
    execFile(process.execPath, [join(root, 'node_modules', script), ...args], options, (error, stdout, stderr) => {
      if (stdout === '') reject(new Error(`${script} printed nothing: ${stderr}`, { cause: error }));
      else done(stdout);
    });
  });

interface Violation {
  from: string;
  rule: { name: string };
}

interface Diagnostic {
  code: string;
  filename: string;
}

let violations: string[] = [];
let diagnostics: string[] = [];

beforeAll(async () => {
  for (const file of ['.dependency-cruiser.mjs', '.oxlintrc.json', 'tsconfig.json']) cpSync(join(root, file), join(workspace, file));
  write('package.json', JSON.stringify({ type: 'module', workspaces: ['libs/*', 'services/*'] }));
  for (const name of boundaryPackages) {
    write(
      `node_modules/${name}/package.json`,
      JSON.stringify({ name, type: 'module', exports: { '.': { types: './index.d.ts', default: './index.js' } } }),
    );
    write(`node_modules/${name}/index.js`, 'export const thing = 1;\n');
    write(`node_modules/${name}/index.d.ts`, 'export declare const thing: number;\n');
  }
  mkdirSync(join(workspace, 'node_modules/@klevr'));
  symlinkSync(join(root, 'node_modules/@types'), join(workspace, 'node_modules/@types'));
  const packages = [
    'libs/contracts',
    'libs/election',
    'libs/messaging',
    'libs/testing',
    'libs/launcher',
    'services/gateway',
    'services/scheduler',
    'services/agent',
  ];
  for (const folder of packages) {
    const name = `@klevr/${folder.split('/')[1] ?? ''}`;
    write(
      `${folder}/package.json`,
      JSON.stringify({ name, type: 'module', exports: { './*': { types: './src/*.ts', default: './dist/*.js' } } }),
    );
    symlinkSync(join(workspace, folder), join(workspace, 'node_modules', name));
  }
  for (const [path, text] of Object.entries(lawfulFiles)) write(path, text);
  for (const { files } of boundaryCases) for (const [path, text] of Object.entries(files)) write(path, text);
  for (const { file, text } of lintCases) write(file, text);

  const cruised = await outputOf('dependency-cruiser/bin/dependency-cruise.mjs', [
    '-c',
    '.dependency-cruiser.mjs',
    '-T',
    'json',
    'libs',
    'services',
  ]);
  const { summary } = JSON.parse(cruised) as { summary: { violations: Violation[] } };
  violations = summary.violations.map(({ from, rule }) => `${rule.name} ${from}`);

  const linted = await outputOf('oxlint/bin/oxlint', ['--type-aware', '-f', 'json', 'libs', 'services']);
  diagnostics = (JSON.parse(linted) as { diagnostics: Diagnostic[] }).diagnostics.map(({ code, filename }) => `${code} ${filename}`);
}, 120_000);

afterAll(() => rmSync(workspace, { recursive: true, force: true }));

describe('the module boundaries', () => {
  it.each(boundaryCases.map(({ rule, files }) => ({ rule, file: Object.keys(files)[0] ?? '' })))(
    '$rule refuses $file',
    ({ rule, file }) => {
      expect(violations).toContain(`${rule} ${file}`);
    },
  );

  it('let pass what the layers allow', () => {
    const lawful = Object.keys(lawfulFiles);
    expect(violations.filter((violation) => lawful.some((file) => violation.endsWith(` ${file}`)))).toEqual([]);
  });
});

describe('the lint rules', () => {
  it.each(lintCases)('$rule refuses $file', ({ rule, file }) => {
    expect(diagnostics).toContain(`${rule} ${file}`);
  });

  it('let pass what the layers allow', () => {
    const lawful = Object.keys(lawfulFiles);
    expect(diagnostics.filter((diagnostic) => lawful.some((file) => diagnostic.endsWith(` ${file}`)))).toEqual([]);
  });
});
