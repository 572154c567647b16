import { readFileSync, writeFileSync } from 'node:fs';

/**
 * The agent may be one of those that the kernel ends last when memory runs out (OOMScoreAdjust of its unit); what it starts inherits that, and it must not: a
 * run that eats the memory would be spared, and somebody else ended.
 * Promises: a process that has just been started is judged as any other. Does not: raise one that the kernel would end first; nor reach what that process has
 * forked already, so it is called at once.
 */
export const endAsAnyOther = (pid: number, proc = '/proc'): void => {
  try {
    const own = Number(readFileSync(`${proc}/self/oom_score_adj`, 'latin1'));
    if (own < 0) writeFileSync(`${proc}/${pid}/oom_score_adj`, '0');
  } catch {
    // Not Linux, or the process has ended already.
  }
};
