import { describe, expect, it } from '@jest/globals';
import { checkParameters } from './check-parameters.js';

const withSchema = (properties: Record<string, unknown>, more: Record<string, unknown> = {}) => ({
  parameters: { type: 'object' as const, properties, ...more },
});

describe('checking parameters', () => {
  const manifest = withSchema(
    {
      port: { type: 'integer', minimum: 1 },
      host: { type: 'string', format: 'hostname', default: 'localhost' },
      mode: { enum: ['fast', 'safe'], default: 'safe' },
      users: {
        type: 'array',
        items: {
          type: 'object',
          properties: { password: { type: 'string', format: 'credential' }, name: { type: 'string', default: 'root' } },
        },
      },
    },
    { required: ['port'] },
  );

  it('fills in what is not given, on every level, and leaves the given object as it is', () => {
    const given = { port: 80, users: [{}] };
    expect(checkParameters(manifest, given)).toEqual({
      parameters: { port: 80, host: 'localhost', mode: 'safe', users: [{ name: 'root' }] },
      credentials: [],
    });
    expect(given).toEqual({ port: 80, users: [{}] });
  });

  it('tells every fault at once, with its path', () => {
    expect(checkParameters(manifest, { host: 'a b', mode: 'slow', users: [{ password: 'no name' }], prot: 1 })).toEqual({
      faults: expect.arrayContaining([
        { path: 'parameters.port', message: 'is missing' },
        { path: 'parameters.host', message: 'must match format "hostname"' },
        { path: 'parameters.mode', message: 'must be one of "fast", "safe"' },
        { path: 'parameters.users.0.password', message: 'must be the name of a credential' },
        { path: 'parameters.prot', message: 'is not a parameter of the recipe' },
      ]),
    });
  });

  it('names the credentials that are used, each once', () => {
    const users = [{ password: 'DB_ROOT' }, { password: 'APP' }, { password: 'APP' }];
    expect(checkParameters(manifest, { port: 1, users })).toMatchObject({ credentials: ['APP', 'DB_ROOT'] });
    expect(checkParameters(manifest, { port: 1 })).toMatchObject({ credentials: [] });
  });

  it('changes no type to make a value fit', () => {
    expect(checkParameters(manifest, { port: '80' })).toEqual({ faults: [{ path: 'parameters.port', message: 'must be integer' }] });
  });

  it('takes undeclared parameters where the schema says so', () => {
    expect(checkParameters(withSchema({}, { additionalProperties: { type: 'number' } }), { any: 1 })).toMatchObject({
      parameters: { any: 1 },
    });
  });

  it('ends where a pattern of the schema runs away', () => {
    const manifestWithPattern = withSchema({ name: { type: 'string', pattern: '^(a+)+$' } });
    expect(checkParameters(manifestWithPattern, { name: `${'a'.repeat(60)}!` })).toEqual({
      faults: [{ path: 'parameters', message: expect.stringMatching(/was not done after/) }],
    });
  });

  it('refuses keys that could reach a prototype, and more than a quarter of a MiB', () => {
    expect(
      checkParameters(manifest, JSON.parse('{"port": 1, "users": [{"__proto__": {"a": 1}}]}') as Record<string, unknown>),
    ).toMatchObject({
      faults: [{ message: 'must have no key __proto__' }],
    });
    expect(checkParameters(manifest, { port: 1, host: 'x'.repeat(300_000) })).toMatchObject({ faults: [{ path: 'parameters' }] });
  });
});
