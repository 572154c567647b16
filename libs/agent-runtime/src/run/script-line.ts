/**
 * The command line of a script.
 * Without an interpreter of its own it is run by `sh -eu`: sourced, so that a result left in the shell variable TASK_RESULT counts as output where the step wrote
 * none. An interpreter is a program and its arguments, and gets the script's file as its last one; no shell reads that line.
 */
const prologue = `klevr_result=\${TASK_RESULT-}
trap 'if [ "\${TASK_RESULT-}" != "$klevr_result" ] && [ ! -s "$KLEVR_OUTPUT" ]; then printf %s "\${TASK_RESULT-}" > "$KLEVR_OUTPUT"; fi' EXIT
. "$0"`;

export const scriptLine = (file: string, interpreter: string | undefined): [string, ...string[]] => {
  const [program, ...rest] = interpreter?.split(' ') ?? [];
  return program === undefined ? ['/bin/sh', '-eu', '-c', prologue, file] : [program, ...rest, file];
};
