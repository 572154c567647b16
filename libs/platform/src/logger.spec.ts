import { describe, expect, it } from '@jest/globals';
import { createLogger, type LoggerOptions } from './logger.js';
import { NestLogger } from './nest-logger.js';

const logged = (options: Partial<LoggerOptions>, use: (log: ReturnType<typeof createLogger>) => void): Record<string, unknown>[] => {
  const lines: string[] = [];
  use(createLogger({ service: 'test', ...options, destination: { write: (line) => void lines.push(line) } }));
  return lines.map((line) => JSON.parse(line) as Record<string, unknown>);
};

describe('createLogger', () => {
  it('writes service, level as a word, time in UTC, and the fields', () => {
    const [line] = logged({ instanceId: 'one' }, (log) => log.child({ zone: 'z' }).info({ count: 2 }, 'done'));
    expect(line).toEqual({
      level: 'info',
      time: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
      service: 'test',
      instance: 'one',
      zone: 'z',
      count: 2,
      msg: 'done',
    });
  });

  it('adds the trace id while there is one', () => {
    let id: string | undefined = 'abc';
    const lines = logged({ traceId: () => id }, (log) => {
      log.info({}, 'with');
      id = undefined;
      log.info({}, 'without');
    });
    expect(lines.map((line) => line['traceId'])).toEqual(['abc', undefined]);
  });

  it('masks known names of secrets', () => {
    const [line] = logged({}, (log) => log.info({ password: 'p', user: { token: 't', name: 'n' } }, 'x'));
    expect(line).toMatchObject({ password: '***', user: { token: '***', name: 'n' } });
  });

  it('tells an error with its cause', () => {
    const [line] = logged({}, (log) => log.error({ error: new Error('outer', { cause: new Error('inner') }) }, 'x'));
    expect(line).toMatchObject({ error: { message: 'outer', cause: { message: 'inner' } } });
  });

  it('leaves out what is below its level', () => {
    expect(logged({ level: 'warn' }, (log) => log.info({}, 'x'))).toEqual([]);
  });
});

describe('NestLogger', () => {
  it('gives context, stack and errors as fields', () => {
    const lines = logged({ level: 'debug' }, (log) => {
      const nest = new NestLogger(log);
      nest.log('Mapped', 'Router');
      nest.error('broke', 'the stack', 'Handler');
      nest.error(new Error('as an object'));
    });
    expect(lines).toMatchObject([
      { level: 'debug', msg: 'Mapped', context: 'Router' },
      { level: 'error', msg: 'broke', context: 'Handler', detail: 'the stack' },
      { level: 'error', msg: 'as an object', error: { message: 'as an object' } },
    ]);
  });
});
