import { inspect } from 'node:util';
import { describe, expect, it } from '@jest/globals';
import { RecipeManifest } from '@klevr/contracts/recipe';
import fc from 'fast-check';
import { credentialsUsed, renderFile, renderHealth, renderOutputs, renderSpec } from './render.js';
import { resource } from './recipe.fixture.js';
import { Secret } from './secret.js';

const manifestOf = (parts: Record<string, unknown>): RecipeManifest =>
  RecipeManifest.parse({ apiVersion: 'klevr/v1', name: 'a', version: '1.0.0', description: 'a', driver: 'pretend', spec: {}, ...parts });
const secrets = new Map([
  ['DB', 's3cret "\n'],
  ['API', 'token'],
]);
const spec = (
  section: Record<string, unknown>,
  parameters: Record<string, unknown> = {},
  from: Parameters<typeof renderSpec>[0]['secrets'] = secrets,
) => renderSpec({ manifest: manifestOf({ spec: section }), parameters, resource, secrets: from });

describe('rendering a section', () => {
  it('gives the value itself for a text that is one expression, and a text for everything else', () => {
    const parameters = { port: 80, on: true, list: [1, { a: 'b' }], text: 'x' };
    const section = {
      ...{ port: '{{ parameters.port }}', trimmed: '{{- parameters.port -}}', on: '{{ parameters.on }}', list: '{{ parameters.list }}' },
      ...{ sum: '{{ parameters.port | plus: 1 }}', two: '{{ parameters.port }}{{ parameters.port }}', blank: ' {{ parameters.port }}' },
      ...{
        when: '{% if parameters.on %}{{ parameters.port }}{% endif %}',
        name: '{{ resource.name }}',
        plain: 5,
        nested: [{ a: '{{ parameters.text }}' }],
      },
    };
    expect(spec(section, parameters)).toEqual({
      value: {
        ...{
          port: 80,
          trimmed: 80,
          on: true,
          list: [1, { a: 'b' }],
          sum: 81,
          two: '8080',
          blank: ' 80',
          when: '80',
          name: 'shop',
          plain: 5,
        },
        nested: [{ a: 'x' }],
      },
    });
  });

  it('leaves out what is nil', () => {
    expect(
      spec(
        { a: '{{ parameters.a | default: nil }}', list: ['{{ parameters.a | default: nil }}', 1], b: '{{ parameters.b }}' },
        { b: null },
      ),
    ).toStrictEqual({
      value: { list: [1] },
    });
  });

  it('tells every fault with its path', () => {
    expect(
      spec({ a: '{{ parameters.no }}', b: [{ c: '{{ 1 | nope }}' }], d: { fromCredential: 'NONE' }, e: '{{ 1 | divided_by: 0 }}' }),
    ).toEqual({
      faults: [
        { path: 'spec.a', message: expect.stringMatching(/undefined variable: parameters\.no/) },
        { path: 'spec.b.0.c', message: expect.stringMatching(/undefined filter: nope/) },
        { path: 'spec.d', message: 'NONE is no credential that the resource uses' },
        { path: 'spec.e', message: 'gives no number' },
      ],
    });
  });

  it('sees nothing of a value but its own properties', () => {
    for (const path of ['constructor', 'toString', '__proto__', 'a.constructor', 'list.map', 'list.constructor']) {
      expect(spec({ x: `{{ parameters.${path} }}` }, { a: 'text', list: [] })).toHaveProperty('faults');
    }
  });

  it('does not let one text change what the next one sees', () => {
    const section = { a: '{% assign resource = 1 %}{% increment parameters %}', b: '{{ resource.name }}{{ parameters.p }}' };
    expect(spec(section, { p: 1 })).toMatchObject({ value: { b: 'shop1' } });
  });

  it('ends where a template does not', () => {
    const loop = '{% for a in (1..100000) %}{% for b in (1..100000) %}x{% endfor %}{% endfor %}';
    expect(spec({ loop })).toEqual({
      faults: [{ path: expect.stringMatching(/^spec/), message: expect.stringMatching(/limit exceeded|not done after/) }],
    });
  });

  it('reads no file', () => {
    expect(spec({ x: "{% include '/etc/hostname' %}" })).toHaveProperty('faults');
    expect(spec({ x: "{% render '../secret' %}" })).toHaveProperty('faults');
  });

  it('never lets a value of a parameter change the shape of the section, be a template, or become a secret', () => {
    const section = {
      ...{ typed: '{{ parameters.v }}', inText: 'a {{ parameters.v }} b', json: '{"v": {{ parameters.v | json }}}' },
      list: ['{{ parameters.v }}', { deep: 'x{{ parameters.v }}' }],
    };
    const value = fc.oneof(
      fc.jsonValue().filter((json) => json !== null),
      fc.constantFrom('{{ parameters.w }}', '{% raw %}', '{{ "DB" | secret }}', '"}', "'\n- x", 'a: b', { fromCredential: 'DB' }, [
        '{{ resource.id }}',
      ]),
    );
    fc.assert(
      fc.property(value, (v) => {
        const parameters = { v: JSON.parse(JSON.stringify(v)) as unknown };
        const rendered = spec(section, parameters);
        if ('faults' in rendered) {
          // What hides how it becomes a text cannot stand in one, and that is told.
          const isTold = rendered.faults[0]?.message.startsWith('Cannot convert object to primitive value');
          if (!isTold || !JSON.stringify(v).includes('"toString":')) throw new Error(JSON.stringify(rendered.faults));
          return;
        }
        const { typed, inText, json, list } = rendered.value as { typed: unknown; inText: string; json: string; list: unknown[] };
        expect(Object.keys(rendered.value)).toEqual(Object.keys(section));
        expect(typed).toEqual(parameters.v);
        expect(inText).toMatch(/^a .* b$/s);
        expect([typeof v, inText]).toEqual([typeof v, typeof v === 'string' ? `a ${v} b` : inText]);
        expect(JSON.parse(json)).toEqual({ v: parameters.v });
        expect(list).toEqual([parameters.v, { deep: expect.any(String) }]);
        expect(inspect(rendered, { depth: 9 })).not.toContain('Secret');
      }),
      { examples: [[[[{ toString: null }]]]] },
    );
  });
});

describe('credentials', () => {
  it('are secrets in the section, which show nowhere', () => {
    const rendered = spec(
      { password: { fromCredential: '{{ parameters.which }}' }, url: 'db://{{ parameters.which | secret | url_encode }}@h' },
      { which: 'DB' },
    );
    if ('faults' in rendered) throw new Error(JSON.stringify(rendered.faults));
    const { password, url } = rendered.value as { password: Secret; url: Secret };
    expect([password.reveal(), url.reveal()]).toEqual(['s3cret "\n', 'db://s3cret+%22%0A@h']);
    expect([password.credential, url.credential]).toEqual(['DB', 'DB']);
    expect(JSON.stringify(rendered) + inspect(rendered, { depth: 9 }) + `${String(password)}`).not.toMatch(/s3cret/);
  });

  it('have the same fingerprints where only these are known, also in a text with others', () => {
    const section = { one: { fromCredential: 'DB' }, text: '{{ "DB" | secret }}-{{ "API" | secret }}' };
    const known = spec(section);
    if ('faults' in known) throw new Error(JSON.stringify(known.faults));
    const ofAll = new Map(
      [...secrets.keys()].map((name) => [name, { fingerprint: new Secret(name, secrets.get(name) ?? '', resource.id).fingerprint }]),
    );
    const unknown = spec(section, {}, ofAll);
    if ('faults' in unknown) throw new Error(JSON.stringify(unknown.faults));
    const fingerprints = (value: object): string[] => (Object.values(value) as Secret[]).map((secret) => secret.fingerprint);
    expect(fingerprints(unknown.value)).toEqual(fingerprints(known.value));
    expect((Object.values(unknown.value) as Secret[]).map((secret) => secret.known)).toEqual([false, false]);
    expect(new Set(fingerprints(known.value)).size).toBe(2);
  });

  it('are left out where an optional one is not named', () => {
    expect(spec({ password: { fromCredential: '{{ parameters.which | default: nil }}' } })).toEqual({ value: {} });
  });

  it('that a recipe uses are told by name: those of its parameters and those of its own', () => {
    const manifest = manifestOf({ spec: { a: { fromCredential: 'OWN' }, b: 'x{{ "TEXT" | secret }}' } });
    expect(credentialsUsed({ manifest, parameters: {}, resource }, ['GIVEN'])).toEqual({ value: ['GIVEN', 'OWN', 'TEXT'] });
  });

  it('cannot be used in outputs and health checks', () => {
    const manifest = manifestOf({ outputs: { a: { value: '{{ "DB" | secret }}' }, b: { value: '{{ observed.port }}' } } });
    expect(renderOutputs({ manifest, parameters: {}, resource, observed: { port: 1 } })).toEqual({
      faults: [{ path: 'outputs.a', message: expect.stringMatching(/cannot be used here/) }],
    });
  });
});

describe('outputs, health checks and files', () => {
  it('have the types that the recipe says', () => {
    const manifest = manifestOf({
      outputs: {
        port: { value: '{{ observed.ports[0] }}' },
        url: { value: 'http://{{ resource.name }}' },
        nothing: { value: '{{ observed.none | default: nil }}' },
      },
      health: [
        { type: 'tcp', name: 'a', port: '{{ outputs.port }}' },
        { type: 'tcp', name: 'b', port: '{{ outputs.port }}1' },
      ],
    });
    const outputs = renderOutputs({ manifest, parameters: {}, resource, observed: { ports: [80] } });
    expect(outputs).toEqual({ value: { port: 80, url: 'http://shop' } });
    expect(renderHealth({ manifest, parameters: {}, resource, outputs: { port: 80 } })).toMatchObject({
      value: [{ port: 80 }, { port: 801 }],
    });
    expect(renderHealth({ manifest, parameters: {}, resource, outputs: { port: 'x'.repeat(300) } })).toMatchObject({
      faults: [{ path: 'health.0.port' }, {}],
    });
  });

  const files = new Map([
    ['a.liquid', "{% render 'parts/b.liquid', x: parameters.x %}\nkey: {{ parameters.password | secret | yaml }}"],
    ['parts/b.liquid', 'x: {{ x | yaml }}'],
    ['c.liquid', 'x: {{ parameters.x }}'],
  ]);
  const file = (path: string, from: Parameters<typeof renderFile>[0]['secrets'] = secrets) =>
    renderFile({
      path,
      files: { read: (name) => files.get(name) },
      parameters: { x: 'a: "b"\n\u2028', password: 'DB' },
      resource,
      secrets: from,
    });

  it('include each other within the folder, and say where a secret is in one', () => {
    expect(file('a.liquid')).toMatchObject({
      value: { text: 'x: "a: \\"b\\"\\n\\u2028"\nkey: "s3cret \\"\\n"', sensitive: true, known: true },
    });
    expect(file('c.liquid')).toMatchObject({ value: { sensitive: false, known: true } });
    expect(file('../a.liquid')).toEqual({ faults: [{ path: '../a.liquid', message: expect.stringMatching(/not among the files/) }] });
  });

  it('have the same digest where only the fingerprints of secrets are known', () => {
    const fingerprint = new Secret('DB', secrets.get('DB') ?? '', resource.id).fingerprint;
    const [known, unknown, other] = [
      file('a.liquid'),
      file('a.liquid', new Map([['DB', { fingerprint }]])),
      file('a.liquid', new Map([['DB', 'other']])),
    ];
    if ('faults' in known || 'faults' in unknown || 'faults' in other) throw new Error('cannot be rendered');
    expect(unknown.value).toMatchObject({
      known: false,
      sensitive: true,
      digest: known.value.digest,
      text: expect.stringContaining('key: "***"'),
    });
    expect(other.value.digest).not.toBe(known.value.digest);
  });
});
