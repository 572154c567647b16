import { AppError } from '@klevr/contracts/errors';
import { describe, expect, it } from '@jest/globals';
import { QueryFailedError } from 'typeorm';
import { asAppError, databaseUnavailable, duplicateKey, guarded, transactionConflict } from './database-errors.js';

const driverError = (fields: { code?: string; errno?: number; message?: string }): Error =>
  Object.assign(new Error(fields.message ?? 'driver'), fields);
const wrapped = (error: Error): Error => new QueryFailedError('SELECT 1', [], error);

describe('database errors', () => {
  it.each([
    { code: 'ECONNREFUSED' },
    { code: 'PROTOCOL_CONNECTION_LOST' },
    { code: 'PROTOCOL_SEQUENCE_TIMEOUT' },
    { code: 'ER_CON_COUNT_ERROR', errno: 1040 },
    { code: 'ER_OPTION_PREVENTS_STATEMENT', errno: 1290 },
    { code: 'ER_SERVER_SHUTDOWN', errno: 1053 },
    { message: 'Pool is closed.' },
    { message: 'Queue limit reached.' },
    { message: "Can't add new command when connection is in closed state" },
  ])('are UNAVAILABLE for %j, bare and wrapped', (fields) => {
    for (const error of [driverError(fields), wrapped(driverError(fields)), new Error('outer', { cause: driverError(fields) })]) {
      expect(databaseUnavailable(error)).toBe(true);
      expect(asAppError(error)).toMatchObject({ code: 'UNAVAILABLE', cause: error });
    }
  });

  it.each([1213, 1205, 1020])('are conflicts for %d, and UNAVAILABLE once given up', (errno) => {
    expect(transactionConflict(wrapped(driverError({ errno })))).toBe(true);
    expect(databaseUnavailable(wrapped(driverError({ errno })))).toBe(false);
    expect(asAppError(wrapped(driverError({ errno })))).toMatchObject({ code: 'UNAVAILABLE' });
  });

  it('name the duplicate key', () => {
    const error = wrapped(driverError({ errno: 1062, message: "Duplicate entry 'x' for key 'uq_zone_name'" }));
    expect([duplicateKey(error), duplicateKey(error, 'uq_zone_name'), duplicateKey(error, 'uq_other')]).toEqual([true, true, false]);
  });

  it('leave every other error as it is', async () => {
    const syntax = wrapped(driverError({ errno: 1064, code: 'ER_PARSE_ERROR' }));
    const own = new AppError('NOT_FOUND', 'no', { cause: driverError({ code: 'ECONNREFUSED' }) });
    expect(asAppError(syntax)).toBe(syntax);
    expect(asAppError(own)).toBe(own);
    expect(asAppError('text')).toBe('text');
    await expect(guarded(() => Promise.reject(syntax))).rejects.toBe(syntax);
    await expect(guarded(() => Promise.resolve(3))).resolves.toBe(3);
  });
});
