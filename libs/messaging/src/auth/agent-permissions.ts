import type { Permissions } from '@nats-io/jwt';
import { inboxes, subjects, workersInbox } from '@klevr/contracts/subjects';

/**
 * What an agent's NATS user may do: its own subjects, its zone's, its own inboxes. The list stands once, as a template in the account's
 * JWT under the scoped key `agent`; the server fills `{{name()}}` with the user's name (the agent id) and `{{tag(zone)}}` with its tag.
 * Seen on 2.15.1: both keep their upper case; a subject whose tag the user has not is left out, so without the tag nothing is allowed; a `*` as
 * name or tag would be taken as a wildcard and a second zone tag adds that zone, so whoever issues the JWT checks both (agent-credentials.ts).
 * A worker's user has its zone once more, by the tag `workers`: with it come the subjects by which it takes operations and asks the provisioner.
 *
 * Promises: no `$JS`, no `$KV`, no subject that a stream captures (JetStream answers any reply subject unchecked), no `allow_responses`
 * (a reply subject chosen by the asker would widen the answerer's permissions).
 * Does not: keep agents of one zone apart on the zone's own subjects (the primary must reach them); signatures on commands do that.
 */
interface AllowedSubjects {
  readonly publish: readonly string[];
  readonly subscribe: readonly string[];
}

const subjectsOf = (zone: string, agent: string): AllowedSubjects => ({
  publish: [
    subjects.heartbeat.build({ zone, agent }),
    subjects.fact.build({ zone, agent }),
    subjects.report.build({ zone, agent }),
    subjects.ask.wildcard({ zone, agent }),
    subjects.agentCommand.wildcard({ zone }),
    under(inboxes.agentAwaitsPeer.wildcard({ zone }), 4),
    under(inboxes.centreAwaitsAgent.wildcard({ zone, agent }), 4),
  ],
  subscribe: [
    under(inboxes.agentAwaitsCentre.wildcard({ zone, agent }), 3),
    subjects.agentCommand.wildcard({ zone, agent }),
    subjects.zoneCommand.wildcard({ zone }),
    subjects.primary.build({ zone }),
    subjects.settings.build({ zone }),
    subjects.heartbeat.wildcard({ zone }),
  ],
});

/** What a worker may do besides. Whoever asks for one cannot know who will answer, so claims are answered on an inbox of all workers of the zone. */
const ofWorkers = (zone: string, worker: string): AllowedSubjects => ({
  publish: [
    subjects.provision.wildcard({ zone, agent: worker }),
    under(inboxes.centreAwaitsAgent.wildcard({ zone, agent: workersInbox }), 4),
  ],
  subscribe: [subjects.provisionClaim.build({ zone })],
});

/** Everything below the subject's first `tokens` tokens. */
const under = (subject: string, tokens: number): string => [...subject.split('.').slice(0, tokens), '>'].join('.');

// Plain tokens to build with, exchanged for the server's template words afterwards: the subject builders refuse braces.
const zoneMark = 'ZONE-MARK';
const workersMark = 'WORKERS-MARK';
const agentMark = 'AGENT-MARK';

const templated = (list: readonly string[]): string[] =>
  list.map((subject) =>
    subject.replaceAll(zoneMark, '{{tag(zone)}}').replaceAll(workersMark, '{{tag(workers)}}').replaceAll(agentMark, '{{name()}}'),
  );

export const agentPermissionTemplate = (): Permissions => {
  const [all, workers] = [subjectsOf(zoneMark, agentMark), ofWorkers(workersMark, agentMark)];
  return {
    pub: { allow: templated([...all.publish, ...workers.publish]) },
    sub: { allow: templated([...all.subscribe, ...workers.subscribe]) },
  };
};
