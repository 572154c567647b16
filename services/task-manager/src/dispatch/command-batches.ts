/** Splits what goes to one primary into messages of at most 100 commands and 700 KiB; a larger command goes alone. */
const largestBatch = 100;
const largestBytes = 700 * 1024;

export const batchesOf = <T extends { readonly jws: string }>(commands: readonly T[]): T[][] => {
  const batches: T[][] = [];
  let bytes = 0;
  for (const command of commands) {
    const last = batches.at(-1);
    if (last === undefined || last.length >= largestBatch || bytes + command.jws.length > largestBytes) {
      batches.push([command]);
      bytes = command.jws.length;
    } else {
      last.push(command);
      bytes += command.jws.length;
    }
  }
  return batches;
};
