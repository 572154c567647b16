import { describe, expect, it } from '@jest/globals';
import { lintRecipe } from './lint-recipe.js';
import { fileOf, manifestText, webRecipe } from './recipe.fixture.js';
import { Secret } from './secret.js';

const messages = (faults: readonly { file: string; line: number | null; message: string }[]): string[] =>
  faults.map(({ file, line, message }) => `${file}:${line}: ${message}`);

describe('linting a recipe', () => {
  it('finds nothing wrong with a good one', () => {
    const { faults, warnings, recipe } = lintRecipe(webRecipe());
    expect([faults, warnings, recipe?.manifest.name]).toEqual([[], [], 'web']);
  });

  it('gives the faults of one that cannot be read', () => {
    expect(lintRecipe([])).toMatchObject({ faults: [{ file: 'recipe.yaml', message: 'is missing' }], recipe: undefined });
  });

  it('tries each example, and names it where it does not fit', () => {
    const text = manifestText.replace('  - { port: 8080,', '  - { port: 0 }\n  - { port: 8080,');
    expect(messages(lintRecipe(webRecipe(text)).faults)).toEqual(['recipe.yaml:19: examples.0: parameters.port: must be >= 1']);
  });

  it('shows what comes of each example to the driver, with secrets as such, and finds the place in the recipe', () => {
    const seen: unknown[] = [];
    const { faults } = lintRecipe(webRecipe(), (driver, spec) => {
      seen.push(driver, spec);
      return [
        { path: 'port', message: 'is taken' },
        { path: '', message: 'is bad' },
      ];
    });
    expect(seen).toEqual([
      'docker',
      expect.objectContaining({ port: 8080, environment: { PASSWORD: expect.any(Secret), URL: expect.any(Secret) } }),
    ]);
    expect(messages(faults)).toEqual([
      'recipe.yaml:21: spec.port: is taken (with example 1)',
      'recipe.yaml:21: spec: is bad (with example 1)',
    ]);
  });

  it('finds templates that fail with an example, in the section and in files', () => {
    const text = manifestText
      .replace("tags: '{{ parameters.tags }}'", 'tags: \'{{ parameters.tags | map: "x" | nth }}\'')
      .replace('{{ parameters.motd }}', '{{ parameters.motd.first.second }}');
    const { faults } = lintRecipe([fileOf('recipe.yaml', text.replace(' | nth', '')), fileOf('a.liquid', '{{ parameters.motd.x }}')]);
    expect(messages(faults)).toEqual([
      expect.stringMatching(/^recipe\.yaml:22: spec\.title: undefined variable.* \(with example 1\)$/),
      expect.stringMatching(/^a\.liquid:null: undefined variable: parameters\.motd\.x/),
    ]);
  });

  it('does not ask more of a file that another one includes', () => {
    const files = [
      ...webRecipe(),
      fileOf('a.liquid', "{% render 'part.liquid', name: parameters.motd %}"),
      fileOf('part.liquid', '{{ name }}{{ parameters.port }}'),
    ];
    expect(lintRecipe(files).faults).toEqual([]);
  });

  it('ends in time, however many templates take long', () => {
    const long = '{% for i in (1..300) %}{% for j in (1..300) %}{{ i }}{% endfor %}{% endfor %}';
    const files = [...webRecipe(), ...Array.from({ length: 40 }, (_, index) => fileOf(`f${index}.liquid`, long))];
    expect(messages(lintRecipe(files, undefined, 20).faults)).toEqual([expect.stringMatching(/^recipe\.yaml:null: .*was not done after/)]);
    expect(lintRecipe(webRecipe()).faults).toEqual([]);
  });

  it('warns of what is not described, not used, without a value or an example', () => {
    const text = manifestText
      .replace(', description: what it says', '')
      .replace('{{ parameters.motd }}', '')
      .replace("{ description: where it is, value: 'http://{{ observed.address }}:{{ parameters.port }}/' }", "{ value: '' }")
      .replace(/examples:\n.*\n/, '');
    expect(messages(lintRecipe([fileOf('recipe.yaml', text)]).warnings)).toEqual([
      'recipe.yaml:11: parameters.properties.motd: has no description',
      'recipe.yaml:11: parameters.properties.motd: is used nowhere',
      'recipe.yaml:15: outputs.url: has no value',
      'recipe.yaml:15: outputs.url: has no description',
      'recipe.yaml:1: has no examples, so only its defaults were tried',
      'README.md:null: is missing',
    ]);
  });
});
