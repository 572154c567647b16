import { ProbeReply } from '@klevr/contracts/command';
import { replyEnvelope } from '@klevr/contracts/contract';
import { subjects } from '@klevr/contracts/subjects';
import type { FakeCentre } from './fake-centre.fixture.js';

/** The session that answers a probe; one that names a session asks for just that process. Undefined where nobody answers within half a second. */
export const probe = async (
  { taskManager, zoneId }: Pick<FakeCentre, 'taskManager' | 'zoneId'>,
  agentId: string,
  session?: string,
): Promise<string | null | undefined> => {
  const subject = subjects.agentCommand.build({ zone: zoneId, agent: agentId, verb: 'probe' });
  const inbox = { to: 'agent' as const, zone: zoneId, agent: agentId };
  const body = session === undefined ? {} : { session };
  const reply = await taskManager.request(subject, 'probe', body, { inbox, timeoutMs: 500 }).catch(() => undefined);
  const answer = replyEnvelope(ProbeReply).safeParse(reply?.json()).data;
  return answer?.ok === true ? ProbeReply.parse(answer.data).session : undefined;
};
