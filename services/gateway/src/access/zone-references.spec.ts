import { describe, expect, it } from '@jest/globals';
import { ids } from '../samples.fixture.js';
import { type Reference, referencesIn } from './zone-references.js';

const asked = (parts: { params?: unknown; query?: unknown; body?: unknown }) => ({
  params: undefined,
  query: undefined,
  body: undefined,
  ...parts,
});
const inBody = { in: 'body', name: 'zone' } as const;
const deep = { in: 'body', name: 'task.zone' } as const;
const each = { in: 'each', list: 'tasks', name: 'zone', atMost: 3 } as const;
const ofTask = { in: 'thing', thing: 'task', name: 'id' } as const;
const kinds = (references: Reference[]) => references.map(({ kind }) => kind);
const parsed = (json: string): unknown => JSON.parse(json);

describe('what a request names', () => {
  it('is a zone by its id or its name, in path, query or body', () => {
    expect(referencesIn(asked({ params: { zone: ids.zone } }), { in: 'path', name: 'zone' })).toEqual([
      { kind: 'zoneId', zoneId: ids.zone },
    ]);
    expect(referencesIn(asked({ query: { zone: 'demo' } }), { in: 'query', name: 'zone' })).toMatchObject([
      { kind: 'zoneName', name: 'demo' },
    ]);
    expect(referencesIn(asked({ body: { task: { zone: 'demo' } } }), deep)).toMatchObject([{ kind: 'zoneName', name: 'demo' }]);
  });

  it('is nothing where it is absent or null, or where there is nothing that could name it', () => {
    for (const body of [{}, { zone: null }, undefined, 'text', ['zone'], null, parsed('{"__proto__": {"zone": "demo"}}')])
      expect(referencesIn(asked({ body }), inBody)).toEqual([{ kind: 'none' }]);
    for (const body of [{}, { task: null }, { task: [] }, { task: {} }])
      expect(referencesIn(asked({ body }), deep)).toEqual([{ kind: 'none' }]);
  });

  it('is not what an object merely inherits', () => {
    const body: unknown = Object.create({ zone: 'demo' });
    expect(referencesIn(asked({ body }), inBody)).toEqual([{ kind: 'none' }]);
  });

  it.each([[['own', 'foreign']], [''], ['a/b'], ['Demo'], ['demo '], [5], [true], [{}], ['zone_nonsense'], ['demo\0']])(
    'that cannot be read for sure is replaced by what no schema takes: %j',
    (zone) => {
      const body = { zone, name: 'kept' };
      expect(referencesIn(asked({ body }), inBody)).toEqual([{ kind: 'unreadable' }]);
      expect(body).toEqual({ zone: { unreadable: true }, name: 'kept' });
    },
  );

  it('is a thing by an id of its own kind only', () => {
    expect(referencesIn(asked({ params: { id: ids.task } }), ofTask)).toEqual([{ kind: 'thing', thing: 'task', id: ids.task }]);
    for (const id of [ids.run, '', 'x', undefined, [ids.task]]) {
      const params = { id };
      expect(referencesIn(asked({ params }), ofTask)).toEqual([{ kind: 'unreadable' }]);
      expect(params).toEqual({ id: { unreadable: true } });
    }
  });

  it('are the zones of each item of a list; of one that is too long none is looked up', () => {
    const tasks = [{ zone: 'a' }, { zone: ids.zone }, { zone: 7 }];
    expect(kinds(referencesIn(asked({ body: { tasks } }), each))).toEqual(['zoneName', 'zoneId', 'unreadable']);
    expect(kinds(referencesIn(asked({ body: { tasks: [1, null, {}] } }), each))).toEqual(['none', 'none', 'none']);
    for (const tooMany of [[1, 2, 3, 4], { 0: { zone: 'a' }, length: 1 }]) {
      const body = { tasks: tooMany };
      expect(referencesIn(asked({ body }), each)).toEqual([{ kind: 'unreadable' }]);
      expect(body).toEqual({ tasks: { unreadable: true } });
    }
  });

  it('can be pinned: the id takes the place of the name', () => {
    const body = { task: { zone: 'demo' } };
    for (const reference of referencesIn(asked({ body }), deep)) if (reference.kind === 'zoneName') reference.pin(ids.zone);
    expect(body).toEqual({ task: { zone: ids.zone } });
  });
});
