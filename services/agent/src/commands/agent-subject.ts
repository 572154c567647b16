import { AgentCommand, type ProbeReply } from '@klevr/contracts/command';
import { AppError } from '@klevr/contracts/errors';
import { subjects } from '@klevr/contracts/subjects';
import type { Subscription } from '@klevr/messaging/bus';
import type { Incoming } from '@klevr/messaging/message';
import type { AgentLink } from '../link.js';
import type { CommandDesk } from './command-desk.js';

/** Serves this agent's own subject: `run` and `cancel` go to the desk, a probe is answered. */
export interface AgentSubjectOptions {
  readonly link: AgentLink;
  readonly desk: Pick<CommandDesk, 'take'>;
  readonly standing: () => { readonly session: string | null; readonly epoch: number | null };
}

export const serveAgentSubject = (options: AgentSubjectOptions): Subscription => {
  const { link } = options;
  return link.bus.subscribe(subjects.agentCommand.wildcard(link.me), (message) => void serve(options, message));
};

const serve = async ({ link, desk, standing }: AgentSubjectOptions, message: Incoming): Promise<void> => {
  const verb = subjects.agentCommand.parse(message.subject)?.verb;
  if (verb === 'probe') return link.answer(message, { agentId: link.me.agent, ...standing() } satisfies ProbeReply);
  if (verb !== 'run' && verb !== 'cancel') return link.refuse(message, new AppError('BAD_REQUEST', 'this agent does not know the verb'));
  const command = link.read(message, AgentCommand);
  if (command === undefined) return link.refuse(message, new AppError('BAD_REQUEST', 'not a command'));
  link.answer(message, await desk.take(verb, command.jws));
};
