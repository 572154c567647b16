import { describe, expect, it } from '@jest/globals';
import { idsByZone, zonesToList } from './zone-pages.js';

describe('the zones of a list', () => {
  it.each([
    ['all, where neither says anything', undefined, undefined, undefined],
    ['those of the scope, each once', undefined, ['a', 'b', 'a'], ['a', 'b']],
    ['none, where the scope is empty', undefined, [], []],
    ['the one that is asked for', 'a', undefined, ['a']],
    ['the one that is asked for, where the scope has it', 'a', ['b', 'a'], ['a']],
    ['none, where the scope does not have it', 'c', ['b', 'a'], []],
  ])('are %s', (_, zoneId, scope, expected) => {
    expect(zonesToList(zoneId, scope)).toEqual(expected);
  });
});

describe('the ids of a page over zones', () => {
  it('come from each zone apart, and no more of each than the page has', () => {
    const { sql, values } = idsByZone({ table: 'tasks', zoneIds: ['a', 'b'], and: [['id < ?', ['x']]], order: 'DESC', limit: 3 });
    const ofEach = '(SELECT id FROM tasks WHERE zone_id = ? AND id < ? ORDER BY id DESC LIMIT ?)';
    expect(sql).toBe(`${ofEach} UNION ALL ${ofEach} ORDER BY id DESC LIMIT ?`);
    expect(values).toEqual(['a', 'x', 3, 'b', 'x', 3, 3]);
  });
});
