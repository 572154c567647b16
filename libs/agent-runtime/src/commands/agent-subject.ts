import { AgentCommand, Probe, type ProbeReply } from '@klevr/contracts/command';
import { AppError } from '@klevr/contracts/errors';
import { subjects } from '@klevr/contracts/subjects';
import type { Subscription } from '@klevr/messaging/bus';
import type { Incoming } from '@klevr/messaging/message';
import type { AgentLink } from '../link.js';
import type { CommandDesk } from './command-desk.js';

/**
 * Serves this agent's own subject: `run` and `cancel` go to the desk, a probe is answered.
 * Promises: a process without a session says nothing at all, as it may be a clone whose answer would stand before that of the real one; a probe that
 * names a session is answered by the process of that session alone.
 */
export interface AgentSubjectOptions {
  readonly link: AgentLink;
  readonly desk: Pick<CommandDesk, 'take'>;
  readonly standing: () => { readonly session: string | null; readonly epoch: number | null };
  /** Resolves when no hello is under way: a command may come sooner than the answer that grants its session. */
  readonly sessionSettled?: () => Promise<void>;
}

export const serveAgentSubject = (options: AgentSubjectOptions): Subscription => {
  const { link } = options;
  return link.bus.subscribe(subjects.agentCommand.wildcard(link.me), (message) => void serve(options, message));
};

const serve = async ({ link, desk, standing, sessionSettled }: AgentSubjectOptions, message: Incoming): Promise<void> => {
  const verb = subjects.agentCommand.parse(message.subject)?.verb;
  if (verb !== 'probe') await sessionSettled?.();
  const { session, epoch } = standing();
  if (session === null) return undefined;
  if (verb === 'probe') {
    const asked = link.read(message, Probe)?.session;
    return asked === undefined || asked === session
      ? link.answer(message, { agentId: link.me.agent, session, epoch } satisfies ProbeReply)
      : undefined;
  }
  if (verb !== 'run' && verb !== 'cancel') return link.refuse(message, new AppError('BAD_REQUEST', 'this agent does not know the verb'));
  const command = link.read(message, AgentCommand);
  if (command === undefined) return link.refuse(message, new AppError('BAD_REQUEST', 'not a command'));
  return link.answer(message, await desk.take(verb, command.jws));
};
