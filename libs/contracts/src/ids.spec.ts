import { describe, expect, it } from '@jest/globals';
import { encodeTime } from 'ulid';
import { TaskId, newId, newIdAfter } from './ids.js';

describe('ids', () => {
  it('of one process rise strictly and fit their schema', () => {
    const ids = Array.from({ length: 10_000 }, () => newId('task'));
    expect([...ids].sort()).toEqual(ids);
    expect(new Set(ids).size).toBe(ids.length);
    expect(ids.every((id) => TaskId.safeParse(id).success)).toBe(true);
  });

  it('sort after one that a clock which is ahead has given, if asked for', () => {
    const ahead = `task_${encodeTime(Date.now() + 60_000)}ZZZZZZZZZZZZZZZZ`;
    expect(newId('task') < ahead).toBe(true);
    const ids = [ahead, newIdAfter('task', ahead), newId('task')];
    expect([...ids].sort()).toEqual(ids);
    expect(TaskId.safeParse(ids[1]).success).toBe(true);
  });

  it.each(['task_', 'task_01jbz6v1gq6w3f5j8c2n4r7t9x', 'run_01JBZ6V1GQ6W3F5J8C2N4R7T9X', 'task_01JBZ6V1GQ6W3F5J8C2N4R7T9X.x'])(
    'of another form are refused: %s',
    (id) => expect(TaskId.safeParse(id).success).toBe(false),
  );
});
