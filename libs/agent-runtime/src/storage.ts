import { join } from 'node:path';
import type { Clock } from '@klevr/platform/clock';
import type { Log } from '@klevr/platform/log';
import { makeFolder } from './identity/identity.js';
import { SealingKey } from './identity/sealing-key.js';
import { Journal } from './journal/journal.js';
import { LogSpool } from './journal/log-spool.js';
import { longWorkHint } from './journal/long-work.js';
import { endLeftOver } from './run/left-over.js';

/**
 * The agent's state folder, as an earlier life left it.
 * Promises: before it comes back, every process group of an earlier life has been killed, and the fate of each of its attempts is a fact that waits to be sent:
 * `lost` where it may have started, `refused` where it cannot have. Does not: continue anything.
 */
export interface Storage {
  readonly journal: Journal;
  readonly logs: LogSpool;
  readonly runsFolder: string;
  readonly refusedFacts: string;
  readonly sealingKey: SealingKey;
  /** Goes on as another journal, with all that it holds. */
  renewJournalId(): Promise<void>;
}

export const openStorage = async (folder: string, clock: Clock, log: Log): Promise<Storage> => {
  const runsFolder = join(folder, 'runs');
  await makeFolder(runsFolder);
  await endLeftOver(runsFolder, log, clock);
  const { journal, setAside } = await Journal.open({ path: join(folder, 'journal'), clock });
  if (setAside !== undefined) log.error({ setAside }, 'the journal is damaged: it was set aside and a new one begun');
  const logs = await LogSpool.open({ path: join(folder, 'logs'), clock }, journal.id);
  endEarlierLife(journal, clock.nowMs(), log);
  const renewJournalId = async (): Promise<void> => {
    await journal.renewId();
    await logs.renewId(journal.id);
  };
  const sealingKey = await SealingKey.keptIn(folder);
  return { journal, logs, runsFolder, refusedFacts: join(folder, 'refused-facts'), sealingKey, renewJournalId };
};

const endEarlierLife = (journal: Journal, atMs: number, log: Log): void => {
  for (const entry of journal.ledger.withState('accepted')) {
    journal.refuse(entry, { code: 'WRONG_SESSION', detail: 'the agent ended before the attempt started' }, atMs);
  }
  for (const { runId, attempt, longWork } of journal.ledger.withState('starting')) {
    log.warn({ runId, attempt }, 'attempt of an earlier life reported as lost');
    const message = 'the agent ended while the attempt was running';
    const reason = { code: 'AGENT_CRASHED', message: longWork === true ? `${message}; ${longWorkHint}` : message } as const;
    void journal.report({ kind: 'finished', runId, attempt, atMs, status: 'lost', exitCode: null, output: null, reason });
  }
};
