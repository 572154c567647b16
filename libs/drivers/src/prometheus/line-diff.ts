/** What a text lost and what it got, in lines; the longest common part stays. Bounded: of very long texts only the beginning of the difference is told. */
const mostCells = 1_000_000;
const mostLines = 60;

export const lineDiff = (before: string, after: string): { readonly before: string; readonly after: string } => {
  const [old, fresh] = [before.split('\n'), after.split('\n')];
  let start = 0;
  while (start < old.length && start < fresh.length && old[start] === fresh[start]) start += 1;
  let end = 0;
  while (end < old.length - start && end < fresh.length - start && old[old.length - 1 - end] === fresh[fresh.length - 1 - end]) end += 1;
  const [lost, got] = [old.slice(start, old.length - end), fresh.slice(start, fresh.length - end)];
  const common = lost.length * got.length > mostCells ? [] : commonLines(lost, got);
  const shown = (lines: readonly string[]): string => {
    const changed = without(lines, common);
    const rest = changed.length - mostLines;
    return [...changed.slice(0, mostLines), ...(rest > 0 ? [`… ${rest} more lines`] : [])].join('\n');
  };
  return { before: shown(lost), after: shown(got) };
};

/** The longest common subsequence. */
const commonLines = (a: readonly string[], b: readonly string[]): string[] => {
  const lengths = Array.from({ length: a.length + 1 }, () => new Uint32Array(b.length + 1));
  const at = (i: number, j: number): number => lengths[i]?.[j] ?? 0;
  for (let i = a.length - 1; i >= 0; i -= 1) {
    const row = lengths[i];
    for (let j = b.length - 1; row !== undefined && j >= 0; j -= 1) {
      row[j] = a[i] === b[j] ? at(i + 1, j + 1) + 1 : Math.max(at(i + 1, j), at(i, j + 1));
    }
  }
  const found: string[] = [];
  for (let i = 0, j = 0; i < a.length && j < b.length;) {
    if (a[i] === b[j]) {
      found.push(a[i] ?? '');
      i += 1;
      j += 1;
    } else if (at(i + 1, j) >= at(i, j + 1)) i += 1;
    else j += 1;
  }
  return found;
};

const without = (lines: readonly string[], common: readonly string[]): string[] => {
  let next = 0;
  return lines.filter((line) => {
    if (line !== common[next]) return true;
    next += 1;
    return false;
  });
};
