/**
 * What a task's result is to the next one of its schedule. Pure.
 * Promises: the output of its run; of several runs a JSON object of their outputs by agent, within what a command may carry: outputs beyond that are null.
 */
export interface RunOutput {
  readonly agentId: string | null;
  readonly output: string | null;
}

/** Of `RunCommand.previous`, in characters. */
export const largestResult = 65_536;

export const resultOf = (runs: readonly RunOutput[]): string | null => {
  const [only] = runs;
  if (runs.length === 1 && only !== undefined) return only.output === null ? null : only.output.slice(0, largestResult);
  if (runs.every(({ output }) => output === null)) return null;
  const result: Record<string, string | null> = Object.fromEntries(runs.map(({ agentId }) => [agentId ?? '', null]));
  let left = largestResult - JSON.stringify(result).length;
  if (left < 0) return null;
  for (const { agentId, output } of runs) {
    const size = JSON.stringify(output).length - 'null'.length;
    if (output === null || size > left) continue;
    result[agentId ?? ''] = output;
    left -= size;
  }
  return JSON.stringify(result);
};
