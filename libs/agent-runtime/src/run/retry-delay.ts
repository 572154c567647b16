const [usualFirstMs, usualLongestMs] = [1_000, 30_000];

/** The pause after this many tries (from 1): doubled with each, up to 30 s or the first pause, whichever is longer. */
export const retryDelayMs = (firstSeconds: number | undefined, tries: number): number => {
  const firstMs = firstSeconds === undefined ? usualFirstMs : firstSeconds * 1000;
  return Math.min(firstMs * 2 ** (tries - 1), Math.max(firstMs, usualLongestMs));
};
