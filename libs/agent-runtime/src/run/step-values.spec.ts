import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { Steps } from './steps.fixture.js';

describe('the values of a step', () => {
  let steps: Steps | undefined;
  afterEach(async () => {
    await steps?.close();
    steps = undefined;
  });

  const hostile = [
    '$(touch pwned)',
    '`touch pwned`',
    '"; touch pwned; echo "',
    "'; touch pwned; echo '",
    'line one\ntouch pwned\n',
    '&& touch pwned',
    '| touch pwned',
    '%s%n%d \\x41 \\n',
    '${IFS}touch${IFS}pwned',
    '-e exec',
    'a\u0000touch pwned',
    'grüße 你好 \u202e "\\u0000"',
    '\r\n\t\u001b[31m',
  ];

  it('reach a script as they are, and nothing of them is executed', async () => {
    const parameters = { list: hostile, 'key $(touch pwned)': hostile.join('') };
    const name = 'step $(touch pwned) `touch pwned` "; touch pwned';
    steps = await Steps.open({ parameters, previous: hostile.join('\n'), taskName: hostile[0] ?? '' });
    const env = Object.fromEntries(hostile.map((value, index) => [`V${index}`, value.replaceAll('\0', '')]));
    const { output } = await steps.script(
      `cat "$KLEVR_PARAMETERS" > seen; cat "$KLEVR_PREVIOUS" > before; printf %s "$TASK_ORIGIN_PARAM" > origin; printf %s "$TASK_RESULT" > result
       printf '%s|' "$KLEVR_STEP" "$KLEVR_TASK_NAME" ${hostile.map((_, index) => `"$V${index}"`).join(' ')} > "$KLEVR_OUTPUT"`,
      { name, env, workingDirectory: steps.folder },
    );
    const read = (file: string): Promise<string> => readFile(join(steps?.folder ?? '', file), 'utf8');
    expect(JSON.parse(await read('seen'))).toEqual(parameters);
    expect(await read('before')).toBe(hostile.join('\n'));
    expect(JSON.parse(await read('origin'))).toEqual(parameters);
    expect(await read('result')).toBe(hostile.join('\n').replaceAll('\0', ''));
    expect(output).toBe([name, hostile[0], ...hostile.map((value) => value.replaceAll('\0', ''))].map((value) => `${value}|`).join(''));
    for (const place of [steps.folder, join(steps.folder, `${steps.command.runId}.3`)])
      expect(existsSync(join(place, 'pwned'))).toBe(false);
  });

  it('of any text come back as the same text', async () => {
    const texts = fc.array(fc.string({ unit: 'binary' }), { minLength: 1, maxLength: 5 });
    await fc.assert(
      fc.asyncProperty(texts, async (list) => {
        const some = await Steps.open({ parameters: { list }, previous: list.join('') });
        const { output } = await some.script(
          'cat "$KLEVR_PARAMETERS" > "$KLEVR_OUTPUT"; printf "\\n" >> "$KLEVR_OUTPUT"; cat "$KLEVR_PREVIOUS" >> "$KLEVR_OUTPUT"',
        );
        const [parameters = '', ...previous] = output?.split('\n') ?? [];
        expect(JSON.parse(parameters)).toEqual({ list });
        expect(previous.join('\n')).toBe(list.join('').toWellFormed());
        await some.close();
      }),
      { numRuns: 12 },
    );
  }, 30_000);

  it('that no process can be given are named, all of them', async () => {
    steps = await Steps.open();
    const end = await steps.script('echo never', { env: { ONE: 'a\0b', FINE: 'x', TWO: 'x'.repeat(131_072) } });
    expect(end).toMatchObject({ outcome: 'failed', exitCode: null });
    expect(end.message).toBe(
      'step "it" could not be run: the variable ONE holds a NUL; the variable TWO is longer than a process can be given (131072 bytes with its name)',
    );
    expect(steps.facts).toEqual([]);
  });

  it('may not be too large together', async () => {
    steps = await Steps.open();
    const env = Object.fromEntries(Array.from({ length: 40 }, (_, index) => [`V${index}`, 'x'.repeat(131_000)]));
    expect(await steps.script('x', { env })).toMatchObject({ message: 'step "it" could not be run: its variables are too large together' });
  });

  it('may be as large as Linux takes them', async () => {
    steps = await Steps.open();
    const { output } = await steps.script('printf %s "$BIG" | wc -c > "$KLEVR_OUTPUT"', { env: { BIG: 'x'.repeat(131_066) } });
    expect(output?.trim()).toBe('131066');
  });
});

describe('a script', () => {
  let steps: Steps;
  afterEach(() => steps.close());

  it('of 1 MiB runs whole', async () => {
    steps = await Steps.open();
    const line = `: ${'x'.repeat(1_000)}\n`;
    const text = `${line.repeat(Math.floor(1_048_576 / line.length) - 1)}printf end > "$KLEVR_OUTPUT"`;
    expect(await steps.script(text)).toMatchObject({ outcome: 'succeeded', output: 'end' });
  });

  it('that exits with 0 in its middle has succeeded, and what follows does not run', async () => {
    steps = await Steps.open();
    expect(await steps.script('printf a > "$KLEVR_OUTPUT"\nexit 0\nexit 3')).toMatchObject({ outcome: 'succeeded', output: 'a' });
  });

  it.each([
    ['sh -e', 'echo "$UNSET"; printf "%s" "${0##*/}" > "$KLEVR_OUTPUT"', 'step-0.sh'],
    ['python3 -u', 'import os, sys\nopen(os.environ["KLEVR_OUTPUT"], "w").write(str(len(sys.argv)))', '1'],
    ['env -u INHERITED sh', 'printf "%s" "${INHERITED-gone}" > "$KLEVR_OUTPUT"', 'gone'],
  ])('is run by its interpreter, here "%s"', async (interpreter, text, expected) => {
    steps = await Steps.open();
    expect(await steps.script(text, { interpreter })).toMatchObject({ outcome: 'succeeded', output: expected });
  });

  it('has its interpreter’s line read by no shell', async () => {
    steps = await Steps.open();
    await steps.script('x', { interpreter: `echo $(touch ${steps.folder}/pwned) ; *` });
    expect(steps.written('stdout')).toMatch(/^\$\(touch .*\/pwned\) ; \* \/.*step-0\.sh\n$/);
    expect(existsSync(join(steps.folder, 'pwned'))).toBe(false);
  });

  it('whose interpreter is missing says so', async () => {
    steps = await Steps.open();
    expect(await steps.script('x', { interpreter: 'no-such-program -x' })).toMatchObject({
      outcome: 'failed',
      exitCode: null,
      message: 'step "it" could not be run: there is no program no-such-program',
    });
  });

  it('starts in its working directory, and says so where that is not there', async () => {
    steps = await Steps.open();
    expect(await steps.script('pwd > "$KLEVR_OUTPUT"', { workingDirectory: '/usr' })).toMatchObject({ output: '/usr\n' });
    expect(await steps.script('x', { workingDirectory: '/no/such/folder' })).toMatchObject({
      outcome: 'failed',
      message: 'step "it" could not be run: its working directory /no/such/folder does not exist',
    });
    expect(await steps.script('x', { workingDirectory: '/etc/passwd' })).toMatchObject({
      message: 'step "it" could not be run: its working directory /etc/passwd is no directory',
    });
  });

  it('first of all gets the result of what was before its run', async () => {
    steps = await Steps.open({ previous: 'of the last iteration' });
    const { output } = await steps.script('printf "%s|" "$TASK_RESULT" "$(cat "$KLEVR_PREVIOUS")" > "$KLEVR_OUTPUT"');
    expect(output).toBe('of the last iteration|of the last iteration|');
    expect((await steps.script('cat "$KLEVR_PREVIOUS" > "$KLEVR_OUTPUT"')).output).toBe(output);
  });
});

describe('a recovery', () => {
  let steps: Steps;
  afterEach(() => steps.close());
  const recovery = [{ name: 'undo', run: 'x', env: {}, retries: 0 }];
  const told =
    'printf "%s|" "$KLEVR_PHASE" "$KLEVR_FAILED_STEP" "$KLEVR_FAILED_STEP_INDEX" "$KLEVR_FAILED_STEP_EXIT_CODE" "$KLEVR_FAILED_STEP_SIGNAL" "$KLEVR_FAILED_REASON" "$(cat "$KLEVR_FAILED_STEP_OUTPUT")" "$(cat "$KLEVR_FAILED_STEP_LOG")" "$(cat "$KLEVR_PREVIOUS")" > "$KLEVR_OUTPUT"';

  it('hears which step failed, how, and what it wrote, in each of its steps', async () => {
    steps = await Steps.open({ recovery });
    await steps.script('printf good > "$KLEVR_OUTPUT"');
    const end = await steps.script('echo trying; echo "no $(date +%Y)" >&2; printf half > "$KLEVR_OUTPUT"; exit 7', { name: 'mount $(x)' });
    const reason = { code: 'STEP_FAILED' as const, message: end.message };
    steps.runner.recoverFrom({ name: 'mount $(x)', index: 1, exitCode: end.exitCode, signal: end.signal, reason });
    const year = new Date().getFullYear();
    const said = (previous: string): string => `recovery|mount $(x)|1|7||STEP_FAILED|half|trying\nno ${year}|${previous}|`;
    const first = await steps.run({ run: told }, undefined, 'recovery');
    expect(first.output).toBe(said('good'));
    expect((await steps.run({ run: told }, undefined, 'recovery')).output).toBe(said(said('good')));
  });

  it('hears of a step that wrote nothing and could not be run, too', async () => {
    steps = await Steps.open({ recovery });
    await steps.run({ use: 'Dance', with: {} });
    const reason = { code: 'RUN_TIMED_OUT' as const, message: 'm' };
    steps.runner.recoverFrom({ name: 'dance', index: 0, exitCode: null, signal: 'SIGTERM', reason });
    expect((await steps.run({ run: told }, undefined, 'recovery')).output).toBe('recovery|dance|0||SIGTERM|RUN_TIMED_OUT||||');
  });
});
