import { describe, expect, it } from '@jest/globals';
import { AppError } from '@klevr/contracts/errors';
import { newId } from '@klevr/contracts/ids';
import type { HelloReply } from '@klevr/contracts/presence';
import { FakeClock } from '@klevr/platform/fake-clock';
import { KeptLog } from '../kept-log.fixture.js';
import { Session } from './session.js';

const granted = newId('session');
const reply = (changes: Partial<HelloReply> = {}): HelloReply => ({
  session: granted,
  zoneName: 'z',
  settings: { heartbeatSeconds: 10 },
  centreTimeMs: 1,
  primary: null,
  verdicts: [],
  taskKeys: null,
  ...changes,
});

type Reply = HelloReply & { unproven?: boolean };
type Answer = Reply | AppError | 'never';
interface Asking {
  readonly session: Session<Reply>;
  readonly asked: (string | null)[];
  readonly heard: HelloReply[];
  readonly refusals: string[];
  readonly clock: FakeClock;
}
const sessionOf = (...answers: Answer[]): Asking => {
  const [asked, heard, refusals, clock]: [(string | null)[], HelloReply[], string[], FakeClock] = [[], [], [], new FakeClock()];
  const ask = (session: string | null): Promise<Reply> => {
    asked.push(session);
    const answer = answers.shift() ?? reply();
    if (answer === 'never') return new Promise(() => undefined);
    return answer instanceof AppError ? Promise.reject(answer) : Promise.resolve(answer);
  };
  const onRefused = ({ code }: AppError): void => void refusals.push(code);
  const session = new Session<Reply>({ ask, onReply: (found) => heard.push(found), onRefused, clock, log: new KeptLog() });
  return { session, asked, heard, refusals, clock };
};

describe('a session', () => {
  it('is asked for without one, kept over later hellos, and told', async () => {
    const { session, asked, heard, clock } = sessionOf();
    session.hello();
    await clock.advanceAsync(0);
    expect(session.id).toBe(granted);
    session.hello();
    await clock.advanceAsync(0);
    expect(asked).toEqual([null, granted]);
    expect(heard).toHaveLength(2);
  });

  it('is asked for again while the centre is away, and while it has no verdicts', async () => {
    const { session, asked, clock } = sessionOf(new AppError('UNAVAILABLE', 'away'), reply({ verdicts: null }), reply());
    session.hello();
    await clock.advanceAsync(0);
    expect(asked).toHaveLength(1);
    await clock.advanceAsync(130);
    expect(asked).toEqual([null, null]);
    await clock.advanceAsync(260);
    expect(asked).toEqual([null, null, granted]);
    await clock.advanceAsync(60_000);
    expect([asked.length, clock.pendingTimers]).toEqual([3, 0]);
  });

  it('is asked for more and more seldom while nobody proves the verdicts', async () => {
    const { session, asked, clock } = sessionOf(...Array.from({ length: 100 }, () => ({ ...reply({ verdicts: null }), unproven: true })));
    session.hello();
    await clock.advanceAsync(60_000);
    const inFirstMinute = asked.length;
    await clock.advanceAsync(120_000);
    expect(inFirstMinute).toBeLessThanOrEqual(13);
    expect(asked.length - inFirstMinute).toBeLessThanOrEqual(10);
    expect(asked.length - inFirstMinute).toBeGreaterThanOrEqual(6);
    session.stop();
  });

  it('is asked for at once after a wish that came during a pause, and once more for one that came during a hello', async () => {
    const { session, asked, clock } = sessionOf(new AppError('UNAVAILABLE', 'away'));
    session.hello();
    await clock.advanceAsync(0);
    session.hello();
    session.hello();
    await clock.advanceAsync(0);
    expect(asked).toHaveLength(2);
  });

  it('that the centre does not know is given up for another', async () => {
    const { session, asked, clock } = sessionOf(reply(), new AppError('WRONG_SESSION', 'unknown'));
    session.hello();
    await clock.advanceAsync(0);
    session.hello();
    await clock.advanceAsync(130);
    expect(asked).toEqual([null, granted, null]);
    session.refused();
    expect(session.id).toBeNull();
  });

  it('that is refused for good is asked for seldom', async () => {
    const { session, asked, clock } = sessionOf(
      new AppError('CONFLICT', 'another one lives'),
      new AppError('CONFLICT', 'another one lives'),
    );
    session.hello();
    await clock.advanceAsync(10_000);
    expect(asked).toHaveLength(1);
    await clock.advanceAsync(10_000);
    expect(asked).toHaveLength(2);
  });

  it('is lost by who is refused as a clone, who asks for another every 15 s and is told each time', async () => {
    const no = new AppError('CLONE_REFUSED', 'two of you');
    const { session, asked, refusals, clock } = sessionOf(reply(), no, no, reply());
    session.hello();
    await clock.advanceAsync(0);
    session.hello();
    await clock.advanceAsync(0);
    expect([session.id, refusals]).toEqual([null, ['CLONE_REFUSED']]);
    await clock.advanceAsync(11_000);
    expect(asked).toEqual([null, granted]);
    await clock.advanceAsync(60_000);
    expect(asked).toEqual([null, granted, null, null]);
    expect([session.id, refusals.length]).toEqual([granted, 2]);
  });

  it('is not asked for again by a hello of the moment that nobody answered', async () => {
    const { session, asked, clock } = sessionOf(reply(), new AppError('UNAVAILABLE', 'away'), new AppError('UNAVAILABLE', 'away'));
    session.hello();
    await clock.advanceAsync(0);
    session.helloOnce();
    await clock.advanceAsync(60_000);
    expect([asked.length, clock.pendingTimers]).toEqual([2, 0]);
    session.hello();
    session.helloOnce();
    await clock.advanceAsync(60_000);
    expect(asked).toHaveLength(4);
  });

  it('is not asked for again while it is held, although nobody has answered yet', async () => {
    const { session, asked, clock } = sessionOf(new AppError('UNAVAILABLE', 'away'));
    session.hello();
    await clock.advanceAsync(0);
    session.hold();
    await clock.advanceAsync(60_000);
    expect(asked).toHaveLength(1);
    session.release();
    await clock.advanceAsync(0);
    expect(asked).toHaveLength(2);
  });

  it('is not spoken of while it is held, but at once after that', async () => {
    const { session, asked, clock } = sessionOf();
    session.hold();
    session.hello();
    await clock.advanceAsync(60_000);
    expect(asked).toEqual([]);
    session.release();
    await clock.advanceAsync(0);
    expect(asked).toEqual([null]);
    session.hold();
    session.release();
    await clock.advanceAsync(0);
    expect(asked).toHaveLength(1);
  });

  it('lets a command wait for a hello that is under way, but not for ever', async () => {
    const { session, clock } = sessionOf('never');
    let settled = false;
    await session.settled();
    session.hello();
    void session.settled().then(() => (settled = true));
    await clock.advanceAsync(1_999);
    expect(settled).toBe(false);
    await clock.advanceAsync(1);
    expect(settled).toBe(true);
  });

  it('is not asked for after the end', async () => {
    const { session, asked, clock } = sessionOf();
    session.stop();
    session.hello();
    await clock.advanceAsync(1_000);
    expect(asked).toEqual([]);
  });
});
