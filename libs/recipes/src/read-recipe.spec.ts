import { mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { readRecipe, readRecipeFolder } from './read-recipe.js';
import { recipeLimits } from '@klevr/contracts/recipe';
import { fileOf, manifestText, webRecipe } from './recipe.fixture.js';

const faultsOf = (manifest: string, ...more: ReturnType<typeof fileOf>[]): string[] => {
  const read = readRecipe([fileOf('recipe.yaml', manifest), ...more]);
  return 'faults' in read ? read.faults.map(({ file, line, column, message }) => `${file}:${line}:${column}: ${message}`) : [];
};
const changed = (from: string | RegExp, to: string): string => {
  const text = manifestText.replace(from, to);
  if (text === manifestText) throw new Error(`nothing like ${String(from)} is in the recipe`);
  return text;
};

describe('reading a recipe', () => {
  it('gives the manifest of a sound folder, and the parameters that it uses', () => {
    const read = readRecipe(webRecipe());
    if ('faults' in read) throw new Error(JSON.stringify(read.faults));
    expect(read.manifest).toMatchObject({ name: 'web', version: '1.2.0', driver: 'docker' });
    expect([...read.usedParameters].toSorted()).toEqual(['motd', 'password', 'port', 'tags']);
  });

  it('tells every fault at once, each at its line and column', () => {
    const text = changed('version: 1.2.0', 'version: one')
      .replace('driver: docker', 'driver: podman\ncolour: red')
      .replace('port:', 'port:');
    expect(faultsOf(text)).toEqual([
      'recipe.yaml:3:10: version: must be a semantic version such as 1.2.0',
      expect.stringMatching(/^recipe\.yaml:5:9: driver: Invalid option/),
      'recipe.yaml:6:1: colour: is not known',
    ]);
  });

  it('finds what is missing at the place where it should be', () => {
    expect(faultsOf(changed('name: web\n', ''))).toEqual([expect.stringMatching(/^recipe\.yaml:1:1: name: /)]);
    expect(faultsOf(changed("port: '{{ parameters.port }}' }\nexamples", 'prt: 1 }\nexamples'))).toEqual([
      expect.stringMatching(/^recipe\.yaml:17:5: health\.0\.port: /),
      expect.stringMatching(/^recipe\.yaml:17:33: health\.0\.prt: is not known/),
    ]);
  });

  it.each([
    ['a fault of the syntax', 'name: [', /^recipe\.yaml:\d+:\d+: /],
    ['a key that is there twice', changed('name: web', 'name: web\nname: other'), /^recipe\.yaml:3:1: Map keys must be unique/],
    ['a tag of its own', changed('name: web', 'name: !!js/function web'), /Unresolved tag/],
    ['several documents', `${manifestText}---\nname: b\n`, /multiple documents/],
    ['a key __proto__', changed('spec:', 'spec:\n  __proto__: { a: 1 }'), /__proto__/],
    ['aliases that unfold', bomb(), /alias/],
    [
      'a long text that few aliases repeat',
      `${manifestText}x: &x ${'y'.repeat(100_000)}\nz: [${'*x, '.repeat(90)}]\n`,
      /unfolds to \d+ bytes/,
    ],
    ['nesting without end', `spec: ${'['.repeat(20_000)}`, /nested too deeply|recipe\.yaml/],
    ['too large a file', `${manifestText}# ${'x'.repeat(300_000)}`, /262144 are possible/],
  ])('refuses %s', (_what, text, message) => {
    expect(faultsOf(text).join('\n')).toMatch(message);
  });

  it('refuses a manifest that is not UTF-8, and one that is not there', () => {
    expect(readRecipe([{ path: 'recipe.yaml', data: Buffer.from([0xff, 0xfe]), executable: false }])).toMatchObject({
      faults: [{ message: 'is not UTF-8' }],
    });
    expect(readRecipe([fileOf('README.md', '')])).toMatchObject({ faults: [{ file: 'recipe.yaml', message: 'is missing' }] });
  });

  it.each([
    ['motd: { type: string', 'motd: { type: strnig', /^recipe\.yaml:11:\d+: parameters\.properties\.motd\.type: must be/],
    ['maximum: 65535', 'maxmum: 65535', /^recipe\.yaml:10:48: parameters\.properties\.port\.maxmum: strict mode: unknown keyword/],
    ['format: credential', 'format: secret', /^recipe\.yaml:13:15: parameters\.properties\.password: unknown format "secret"/],
    ['type: array, items: { type: string }', "$ref: 'https://example.com/schema'", /^recipe\.yaml:12:19: .*leads out of the schema/],
    ['type: array, items: { type: string }', "$ref: '#/$defs/none'", /^recipe\.yaml:12:\d+: .*can't resolve reference/],
    [
      'motd: { type: string',
      "motd: { type: string, pattern: '('",
      /^recipe\.yaml:11:36: parameters\.properties\.motd\.pattern: Invalid regular/,
    ],
    [
      'default: hello',
      'default: 3',
      /^recipe\.yaml:11:36: parameters\.properties\.motd\.default: does not fit: parameters\.motd: must be string/,
    ],
    ['motd: { type: string', 'motd: { $id: x, type: string', /\$id: is not possible/],
  ])('finds the fault of a schema with `%s` as `%s`', (from, to, message) => {
    expect(faultsOf(changed(from, to)).join('\n')).toMatch(message);
  });

  it.each([
    ['{{ parameters.motd }}', '{{ parameters.motd ', /^recipe\.yaml:22:10: spec\.title: output .* not closed$/],
    ['{{ parameters.motd }}', '{{ parameters.modt }}', /^recipe\.yaml:22:10: spec\.title: parameters\.modt is not declared$/],
    ['{{ parameters.motd }}', '{{ parameters.motd | quote_shell }}', /undefined filter: quote_shell/],
    ['{{ parameters.motd }}', '{{ "now" | date: "%s" }}', /undefined filter: date/],
    ['{{ resource.name }}', '{{ resource.address }}', /resource\.address is not declared/],
    ['{{ resource.name }}', '{{ process.env }}', /process is not known here; parameters, resource are/],
    ['{{ observed.address }}', '{{ parameters.password | secret }}', /^recipe\.yaml:15:\d+: outputs\.url\.value: credentials can be used/],
    ['  title:', "  '{{ parameters.motd }}':", /keys cannot be templates/],
    ["{ fromCredential: '{{ parameters.password }}' }", '{ fromCredential: a, b: c }', /must have `fromCredential` alone/],
    ["fromCredential: '{{ parameters.password }}'", "fromCredential: '{{ resource.name }}'", /resource is not known here; parameters are/],
  ])('finds the fault of a template with `%s` as `%s`', (from, to, message) => {
    expect(faultsOf(changed(from, to)).join('\n')).toMatch(message);
  });

  it('finds faults of the files that are templates, at their line and column', () => {
    expect(faultsOf(manifestText, fileOf('a.liquid', 'x\n  {% if %}'), fileOf('b.liquid', '{{ parameters.nope }}'))).toEqual([
      expect.stringMatching(/^a\.liquid:2:8: /),
      'b.liquid:null:null: parameters.nope is not declared',
    ]);
  });

  it.each([
    ['/etc/passwd', /must lie inside/],
    ['../secret', /must lie inside/],
    ['a/../../b', /must lie inside/],
    ['a//b', /must lie inside/],
    ['a\\b', /backslash/],
    ['recipe.yaml/x', /a file and a folder/],
    ['recipe.yaml', /is there twice/],
    [`${'a'.repeat(256)}`, /255 bytes/],
  ])('refuses a file with the path %s', (path, message) => {
    expect(faultsOf(manifestText, fileOf(path, '')).join('\n')).toMatch(message);
  });

  it('refuses too many and too large files', () => {
    const many = Array.from({ length: recipeLimits.files }, (_, index) => fileOf(`f${index}`, ''));
    expect(faultsOf(manifestText, ...many)).toEqual([':null:null: has 1001 files; 1000 are possible']);
    const large = { path: 'large', data: Buffer.alloc(recipeLimits.fileBytes + 1), executable: false };
    expect(faultsOf(manifestText, large)).toEqual([expect.stringMatching(/^large:.* are possible$/)]);
  });

  it('refuses a link in a folder, wherever it leads', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'klevr-recipe-'));
    try {
      await writeFile(join(folder, 'recipe.yaml'), manifestText);
      expect(await readRecipeFolder(folder)).toMatchObject({ manifest: { name: 'web' } });
      await symlink('recipe.yaml', join(folder, 'other.yaml'));
      expect(await readRecipeFolder(folder)).toMatchObject({
        faults: [{ file: 'other.yaml', message: expect.stringMatching(/is a link/) }],
      });
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});

function bomb(): string {
  const lines = Array.from({ length: 12 }, (_, index) => `a${index + 1}: &a${index + 1} [${Array(9).fill(`*a${index}`).join(', ')}]`);
  return `a0: &a0 lol\n${lines.join('\n')}\n`;
}
