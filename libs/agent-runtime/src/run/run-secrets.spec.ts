import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from '@jest/globals';
import type { SealedCredential } from '@klevr/contracts/command';
import type { BuiltInCommand } from './built-in-commands.js';
import { RunSecrets, SecretsUnreadable } from './run-secrets.js';
import { Steps } from './steps.fixture.js';

const value = 'hunter2$(touch pwned)"\n`x`';
const secret = (changes: Partial<SealedCredential> = {}, content: string | Buffer = value): SealedCredential => ({
  name: 'DB',
  as: 'environment',
  variable: 'DB_PASSWORD',
  sealed: Buffer.from(content).toString('base64'),
  ...changes,
});

describe('a secret of a run', () => {
  let steps: Steps | undefined;
  afterEach(async () => {
    await steps?.close();
    steps = undefined;
  });

  it('is a variable, and is shown nowhere', async () => {
    steps = await Steps.open({ credentials: [secret()] });
    const end = await steps.script(
      `[ "$DB_PASSWORD" = "${value.replaceAll(/["$`\\]/g, '\\$&')}" ] && echo same
       echo "it is <$DB_PASSWORD>"; echo "<$DB_PASSWORD>" >&2; printf %s "$DB_PASSWORD" | base64 -w0
       printf 'a %s b' "$DB_PASSWORD" > "$KLEVR_OUTPUT"; exit 4`,
    );
    expect(end).toMatchObject({ exitCode: 4, output: 'a *** b' });
    expect(steps.written('stdout')).toMatch(/^same\nit is <\*\*\*>\n\*\*\*=*$/);
    expect(steps.written('stderr')).toBe('<***>\n');
    const leaked = [JSON.stringify(end), ...steps.facts.map(({ data }) => Buffer.from(data, 'base64').toString())].join('');
    expect(leaked).not.toContain('hunter2');
  });

  it('reaches a built-in command by its name, and is hidden in what that says', async () => {
    const shows: BuiltInCommand = {
      instant: false,
      run: (_, { credentials, say }) => {
        say('stdout', `it is <${credentials.get('DB')}>\n`);
        say('stderr', 'done\n');
        return JSON.stringify({ same: credentials.get('DB') === value });
      },
    };
    steps = await Steps.open({ credentials: [secret()] }, new Map([['Show', shows]]));
    expect(await steps.run({ use: 'Show', with: {} })).toMatchObject({ outcome: 'succeeded', output: '{"same":true}' });
    expect(steps.written('stdout')).toBe('it is <***>\n');
    expect(steps.written('stderr')).toBe('done\n');
  });

  it('is masked also where it is written byte by byte', async () => {
    steps = await Steps.open({ credentials: [secret({}, 'slow-secret')] });
    await steps.script('for c in s l o w - s e c r e t; do printf "$c"; sleep 0.02; done; printf " s"');
    expect(steps.written('stdout')).toBe('*** s');
  });

  it('is a file of the run alone, which goes with it', async () => {
    steps = await Steps.open({ credentials: [secret({ as: 'file', variable: 'KEY_FILE' }, Buffer.from([0, 255, 1]))] });
    const { output } = await steps.script('stat -c "%a %n" "$KEY_FILE" > "$KLEVR_OUTPUT"; od -An -tx1 "$KEY_FILE" >> "$KLEVR_OUTPUT"');
    expect(output).toMatch(/^600 .*\/secret-KEY_FILE\n 00 ff 01\n$/);
    const [, path = ''] = /^600 (.*)$/m.exec(output ?? '') ?? [];
    expect(statSync(join(path, '..')).mode & 0o777).toBe(0o700);
    await steps.runner.close();
    expect(readdirSync(steps.folder)).toEqual([]);
  });

  it('is handed on whole to the next step, though what is told of it is masked', async () => {
    steps = await Steps.open({ credentials: [secret()] });
    expect((await steps.script('printf %s "$DB_PASSWORD" > "$KLEVR_OUTPUT"')).output).toBe('***');
    const next = await steps.script('[ "$(cat "$KLEVR_PREVIOUS")" = "$DB_PASSWORD" ] && [ "$TASK_RESULT" = "$DB_PASSWORD" ]');
    expect(next.outcome).toBe('succeeded');
  });

  it('is not shown by halves where an output is cut', async () => {
    steps = await Steps.open({ credentials: [secret({}, 'q'.repeat(60))] });
    for (const before of [65_500, 65_535, 65_536]) {
      const { output } = await steps.script(
        `{ head -c ${before} /dev/zero | tr '\\0' x; printf %s "$DB_PASSWORD"; head -c 100 /dev/zero; } > "$KLEVR_OUTPUT"`,
      );
      expect(output).not.toContain('q');
      expect(output?.length).toBeLessThanOrEqual(65_536);
    }
    // The first one makes the text shorter, so that half of the second one, which is read no further, comes before the cut.
    const twice = `{ printf %s "$DB_PASSWORD"; head -c 65506 /dev/zero | tr '\\0' x; printf %s "$DB_PASSWORD"; } > "$KLEVR_OUTPUT"`;
    expect((await steps.script(twice)).output).toBe(`***${'x'.repeat(65_506)}`);
  });

  it('gives way to a variable of the step itself, and to none of Klevr’s own', async () => {
    steps = await Steps.open({ credentials: [secret({ variable: 'A' }), secret({ variable: 'KLEVR_RUN_ID' })] });
    const { output } = await steps.script('echo "$A $KLEVR_RUN_ID" > "$KLEVR_OUTPUT"', { env: { A: 'own' } });
    expect(output).toBe(`own ${steps.command.runId}\n`);
  });

  it('that cannot be opened is named, with all others', () => {
    const opener = {
      open: (sealed: string): Buffer => {
        if (sealed === 'bad') throw new Error('sealed to another key');
        return Buffer.from(sealed, 'base64');
      },
    };
    const open = (): unknown =>
      RunSecrets.open([secret({ name: 'ONE', sealed: 'bad' }), secret(), secret({ name: 'TWO' }, 'a\0b')], opener);
    expect(open).toThrow(SecretsUnreadable);
    expect(open).toThrow(
      'credential ONE cannot be used by this agent: sealed to another key; credential TWO cannot be used by this agent: its value holds a NUL, so it can only be given as a file',
    );
    expect(() => RunSecrets.open([secret()], undefined)).toThrow('it has no key');
  });
});
