import type { RequestInput, ReplyOf } from '@klevr/contracts/contract';
import { credentialsProof } from '@klevr/contracts/agent';
import { Event } from '@klevr/contracts/event';
import { schedulerRpc } from '@klevr/contracts/scheduler-contracts';
import { subjects } from '@klevr/contracts/subjects';
import { createAgentKeys, type AgentKeys } from '@klevr/messaging/auth/agent-keys';
import { eventually } from '@klevr/testing/eventually';
import { Schedulers } from '../scheduler.fixture.js';
import { hostFacts, type TestAgent } from '../test-agent.fixture.js';

type Rpc = typeof schedulerRpc;

/** Two scheduler replicas, the events of hosts that they publish, and what joining hosts ask for. */
export class Operations {
  readonly events: Event[] = [];

  private constructor(readonly schedulers: Schedulers) {}

  static async open(): Promise<Operations> {
    const operations = new Operations(await Schedulers.open(2));
    const bus = await operations.schedulers.bed.serviceBus('scheduler');
    bus.subscribe(subjects.event.wildcard({ topic: 'host' }), (message) => operations.events.push(Event.parse(message.json())));
    return operations;
  }

  close(): Promise<void> {
    return this.schedulers.close();
  }

  enroll(joinToken: string, keys = createAgentKeys(), host: object = {}): Promise<ReplyOf<Rpc['enroll']>> {
    const enroll = { joinToken, publicKey: keys.publicKey, host: { ...hostFacts, ...host }, version: '0.1.0' };
    return this.schedulers.rpc('enroll', { enroll } satisfies RequestInput<Rpc['enroll']>);
  }

  askCredentials(id: string, keys: AgentKeys, atMs = Date.now()): Promise<ReplyOf<Rpc['agentCredentials']>> {
    return this.schedulers.rpc('agentCredentials', { id, ask: { atMs, signature: keys.sign(credentialsProof(id, atMs)) } });
  }

  event(type: Event['type'], subjectId: string, wanted: (event: Event) => boolean = () => true): Promise<Event> {
    return eventually(`${type} of ${subjectId}`, 5_000, () =>
      this.events.find((event) => event.type === type && event.subjectId === subjectId && wanted(event)),
    );
  }

  async online(zone: string, labels: Record<string, string> = {}): Promise<TestAgent> {
    const agent = await this.schedulers.agent(zone, labels);
    await agent.hello();
    return agent;
  }
}
