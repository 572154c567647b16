import { describe, expect, it } from '@jest/globals';
import { AppError, type ErrorCode, errorCodes } from '@klevr/contracts/errors';
import { NotFoundException, PayloadTooLargeException } from '@nestjs/common';
import { Problem, appErrorOf, problemOf, retryAfterOf } from './problem.js';

const codes = Object.keys(errorCodes) as ErrorCode[];
/** Codes of what agents refuse: they are for the centre, so a caller must never see one. */
const inner = codes.filter((code) => errorCodes[code].status === 500 && code !== 'INTERNAL');

describe('problemOf', () => {
  it.each(codes.filter((code) => !inner.includes(code)))('answers %s with its status and title', (code) => {
    const problem = problemOf(appErrorOf(new AppError(code, 'detail')), 't');
    expect(Problem.parse(problem)).toMatchObject({ code, status: errorCodes[code].status, title: errorCodes[code].title, traceId: 't' });
  });

  it.each(inner)('answers INTERNAL for %s, which is not for callers', (code) => {
    const problem = problemOf(appErrorOf(new AppError(code, 'secret')), 't');
    expect(problem).toMatchObject({ code: 'INTERNAL', status: 500 });
    expect(JSON.stringify(problem)).not.toContain('secret');
  });

  it('tells nothing of what went wrong inside', () => {
    for (const error of [new Error('secret'), new AppError('INTERNAL', 'secret'), 'secret', null, { status: 999 }])
      expect(JSON.stringify(problemOf(appErrorOf(error), 't'))).not.toContain('secret');
  });

  it('carries every fault', () => {
    const errors = [{ path: 'a', message: 'b' }];
    expect(problemOf(new AppError('BAD_REQUEST', 'x', { errors }), 't').errors).toEqual(errors);
  });

  it('knows what the framework says', () => {
    expect(appErrorOf(new NotFoundException()).code).toBe('NOT_FOUND');
    expect(appErrorOf(new PayloadTooLargeException()).code).toBe('TOO_LARGE');
    expect(appErrorOf(Object.assign(new Error('aborted'), { statusCode: 400 })).code).toBe('BAD_REQUEST');
    expect(appErrorOf(Object.assign(new Error('x'), { statusCode: 414 })).code).toBe('BAD_REQUEST');
    expect(appErrorOf(Object.assign(new Error('x'), { statusCode: 500 })).code).toBe('INTERNAL');
    expect(appErrorOf(Object.assign(new Error('x'), { statusCode: 200 })).code).toBe('INTERNAL');
  });
});

describe('retryAfterOf', () => {
  it('rounds up to whole seconds, one at least', () => {
    expect(retryAfterOf(new AppError('UNAVAILABLE', '', { retryAfterSeconds: 2.1 }))).toBe(3);
    expect(retryAfterOf(new AppError('UNAVAILABLE', '', { retryAfterSeconds: 0.1 }))).toBe(1);
    expect(retryAfterOf(new AppError('UNAVAILABLE', ''))).toBe(1);
  });

  it('says nothing where trying again does not help', () => {
    expect(retryAfterOf(new AppError('NOT_FOUND', ''))).toBeUndefined();
  });
});
