import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import type { CancelCommand, RunCommand, SignedCommand } from '@klevr/contracts/command';
import { AppError } from '@klevr/contracts/errors';
import { newId } from '@klevr/contracts/ids';
import { FakeClock } from '@klevr/platform/fake-clock';
import { Journal } from '../journal/journal.js';
import { MemoryDisk } from '../journal/memory-disk.fixture.js';
import { KeptLog } from '../kept-log.fixture.js';
import type { Runs } from '../run/runs.js';
import { CommandDesk } from './command-desk.js';
import { runCommandOf } from './signing.fixture.js';

const ids = { agentId: newId('agent'), zoneId: newId('zone'), session: newId('session') };
const runOf = (changes: Partial<RunCommand> = {}): RunCommand => runCommandOf(ids, { epoch: 5, ...changes }, 0);
const cancelOf = (run: RunCommand): CancelCommand => ({
  verb: 'cancel',
  agentId: run.agentId,
  zoneId: run.zoneId,
  session: run.session,
  runId: run.runId,
  attempt: run.attempt,
  epoch: run.epoch,
  issuedAtMs: 0,
  notAfterMs: 10_000,
  reason: 'enough',
});

/** The desk on a journal in memory; a command's text stands for its signature. */
const deskOf = async (): Promise<{
  desk: CommandDesk;
  journal: Journal;
  disk: MemoryDisk;
  started: string[];
  stopped: string[];
  here: { session: string | null; epochFloor: number; settled: () => Promise<void>; checked: (command: SignedCommand) => Promise<void> };
  take: (command: SignedCommand) => ReturnType<CommandDesk['take']>;
}> => {
  const disk = new MemoryDisk();
  const { journal } = await Journal.open({
    path: join(tmpdir(), newId('journal')),
    clock: new FakeClock(),
    openHandle: () => Promise.resolve(disk.handle),
  });
  const started: string[] = [];
  const stopped: string[] = [];
  const here = {
    session: ids.session as string | null,
    epochFloor: 5,
    settled: (): Promise<void> => Promise.resolve(),
    checked: (_command: SignedCommand): Promise<void> => Promise.resolve(),
  };
  const running = new Set<string>();
  const runs = {
    isInstant: ({ taskName }: RunCommand) => taskName === 'instant',
    atOnce: ({ runId, attempt }: RunCommand) => {
      started.push(runId);
      const end = { status: 'succeeded', exitCode: 0, output: null, reason: null } as const;
      return Promise.resolve([{ kind: 'finished', runId, attempt, atMs: 1, ...end }]);
    },
    start: (command: RunCommand) => (started.push(command.runId), running.add(command.runId)),
    stop: ({ runId }: { runId: string }) => running.has(runId) && (stopped.push(runId), true),
  } as unknown as Runs;
  const desk = new CommandDesk({
    verify: async (jws) => {
      if (jws === 'forged') throw new AppError('BAD_SIGNATURE', 'no');
      const command = JSON.parse(jws) as SignedCommand;
      await here.checked(command);
      return command;
    },
    journal,
    runs,
    standing: () => ({ ...ids, session: here.session, epochFloor: here.epochFloor, nowMs: 1_000 }),
    sessionSettled: () => here.settled(),
    log: new KeptLog(),
  });
  return {
    desk,
    journal,
    disk,
    started,
    stopped,
    here,
    take: (command) => desk.take(command.verb, JSON.stringify(command)),
  };
};
const factKinds = (journal: Journal): string[] => [...journal.facts.all()].map(({ fact }) => fact.kind);

describe('the desk for commands', () => {
  it('starts an attempt once it is on disk', async () => {
    const { take, started, disk, journal } = await deskOf();
    const command = runOf();
    const before = disk.syncs;
    expect(await take(command)).toEqual({ outcome: 'accepted' });
    expect(started).toEqual([command.runId]);
    expect(disk.syncs).toBe(before + 1);
    expect(journal.ledger.find(command)?.state).toBe('starting');
  });

  it('has an instant attempt on disk as a whole with one write, and carries it out once', async () => {
    const { take, started, disk, journal } = await deskOf();
    const command = runOf({ taskName: 'instant' });
    const before = disk.syncs;
    const replies = await Promise.all([take(command), take(command)]);
    expect(replies.map(({ outcome }) => outcome)).toEqual(['accepted', 'duplicate']);
    expect(await take(command)).toEqual({ outcome: 'duplicate', detail: 'finished' });
    expect([started, disk.syncs - before]).toEqual([[command.runId], 1]);
    expect(factKinds(journal)).toEqual(['accepted', 'finished']);
    expect(await take(cancelOf(command))).toMatchObject({ outcome: 'duplicate' });
  });

  it('refuses an instant attempt that cannot be recorded, for good', async () => {
    const { take, disk, journal } = await deskOf();
    disk.room = disk.bytes.length;
    const command = runOf({ taskName: 'instant' });
    expect(await take(command)).toMatchObject({ outcome: 'refused', code: 'SPOOL_FULL' });
    disk.room = Infinity;
    expect(await take(command)).toMatchObject({ outcome: 'refused', code: 'SPOOL_FULL' });
    expect(await take(runOf())).toEqual({ outcome: 'accepted' });
    expect(new Set(factKinds(journal))).toEqual(new Set(['refused', 'accepted']));
  });

  it('starts one of many copies, however they come', async () => {
    const { take, started } = await deskOf();
    const command = runOf();
    const replies = await Promise.all([take(command), take(command), take({ ...command, epoch: 6 })]);
    replies.push(await take(command));
    expect(replies.map(({ outcome }) => outcome).sort()).toEqual(['accepted', 'duplicate', 'duplicate', 'duplicate']);
    expect(started).toHaveLength(1);
  });

  it.each<[string, Partial<RunCommand>]>([
    ['STALE_EPOCH', { epoch: 4 }],
    ['EXPIRED', { notAfterMs: 999 }],
    ['WRONG_SESSION', { session: newId('session') }],
  ])('refuses with %s, tells the centre, and never starts that attempt later', async (code, changes) => {
    const { take, started, journal } = await deskOf();
    const command = runOf();
    expect(await take({ ...command, ...changes })).toMatchObject({ outcome: 'refused', code });
    expect(factKinds(journal)).toEqual(['refused']);
    expect(await take(command)).toMatchObject({ outcome: 'refused', code });
    expect(started).toEqual([]);
    expect(factKinds(journal)).toEqual(['refused']);
  });

  it.each<[string, string, Partial<RunCommand>]>([
    ['for another agent', 'WRONG_AGENT', { agentId: newId('agent') }],
    ['for another zone', 'WRONG_AGENT', { zoneId: newId('zone') }],
  ])('refuses a command %s without a trace', async (_, code, changes) => {
    const { take, journal } = await deskOf();
    const command = runOf();
    expect(await take({ ...command, ...changes })).toMatchObject({ outcome: 'refused', code });
    expect(factKinds(journal)).toEqual([]);
    expect(await take(command)).toMatchObject({ outcome: 'accepted' });
  });

  it('starts them in the order in which they came, though the signature of the first takes the longest', async () => {
    const { desk, take, started, here } = await deskOf();
    const [first, forged, second] = [runOf(), 'forged', runOf()];
    let check = (): void => undefined;
    here.checked = ({ runId }) => (runId === first.runId ? new Promise((resolve) => (check = resolve)) : Promise.resolve());
    const replies = [take(first), desk.take('run', forged), take(second)];
    await expect(replies[1]).resolves.toMatchObject({ outcome: 'refused' });
    check();
    expect(await Promise.all(replies)).toMatchObject([{ outcome: 'accepted' }, { outcome: 'refused' }, { outcome: 'accepted' }]);
    expect(started).toEqual([first.runId, second.runId]);
  });

  it('refuses what is not signed, or signed for another verb, and says nothing of it to the centre', async () => {
    const { desk, journal, started } = await deskOf();
    expect(await desk.take('run', 'forged')).toMatchObject({ outcome: 'refused', code: 'BAD_SIGNATURE' });
    expect(await desk.take('cancel', JSON.stringify(runOf()))).toMatchObject({ outcome: 'refused', code: 'BAD_SIGNATURE' });
    expect([factKinds(journal), started]).toEqual([[], []]);
  });

  it('waits for the session that a command names, where a hello is under way', async () => {
    const { take, here, started } = await deskOf();
    here.session = null;
    here.settled = () => Promise.resolve(void (here.session = ids.session));
    expect(await take(runOf())).toEqual({ outcome: 'accepted' });
    expect(started).toHaveLength(1);
  });

  it('judges a command by the epoch that a hello under way tells, after the agent was away', async () => {
    const { take, here, started } = await deskOf();
    here.settled = () => Promise.resolve(void (here.epochFloor = 1_000_000));
    expect(await take(runOf())).toMatchObject({ outcome: 'refused', code: 'STALE_EPOCH' });
    expect(started).toEqual([]);
  });

  it('refuses an attempt that cannot be recorded, and takes others when there is room', async () => {
    const { take, started, disk } = await deskOf();
    disk.room = disk.bytes.length;
    const first = runOf();
    expect(await take(first)).toMatchObject({ outcome: 'refused', code: 'SPOOL_FULL' });
    disk.room = Infinity;
    expect(await take(first)).toMatchObject({ outcome: 'refused', code: 'SPOOL_FULL' });
    expect(await take(runOf())).toEqual({ outcome: 'accepted' });
    expect(started).toHaveLength(1);
  });

  it('stops what runs, also what is just about to', async () => {
    const { take, stopped } = await deskOf();
    const [one, two] = [runOf(), runOf()];
    await take(one);
    expect(await take(cancelOf(one))).toEqual({ outcome: 'accepted' });
    const [, canceled] = await Promise.all([take(two), take(cancelOf(two))]);
    expect(canceled).toEqual({ outcome: 'accepted' });
    expect(stopped).toEqual([one.runId, two.runId]);
  });

  it('keeps a tombstone for an attempt that was canceled before it came', async () => {
    const { take, started, journal } = await deskOf();
    const command = runOf();
    expect(await take(cancelOf(command))).toEqual({ outcome: 'accepted' });
    expect(await take(cancelOf(command))).toMatchObject({ outcome: 'duplicate' });
    expect(await take(command)).toMatchObject({ outcome: 'refused', code: 'CANCELED' });
    expect(started).toEqual([]);
    expect(factKinds(journal)).toEqual(['refused']);
  });

  it('does not let a stale cancel stop anything', async () => {
    const { take, stopped, journal } = await deskOf();
    const command = runOf();
    await take(command);
    expect(await take({ ...cancelOf(command), epoch: 4 })).toMatchObject({ outcome: 'refused', code: 'STALE_EPOCH' });
    expect([stopped, factKinds(journal)]).toEqual([[], ['accepted']]);
  });

  it('lets what runs be canceled although it is closed', async () => {
    const { take, desk, stopped } = await deskOf();
    const command = runOf();
    await take(command);
    desk.close();
    expect(await take(cancelOf(command))).toEqual({ outcome: 'accepted' });
    expect(stopped).toEqual([command.runId]);
  });

  it('takes nothing once it is closed', async () => {
    const { take, desk, started, journal } = await deskOf();
    desk.close();
    expect(await take(runOf())).toMatchObject({ outcome: 'refused', code: 'WRONG_SESSION' });
    expect([started, factKinds(journal)]).toEqual([[], []]);
  });
});
