import type { FakeCentre } from '@klevr/agent-runtime/testing/fake-centre.fixture';
import { Waiting } from '@klevr/agent-runtime/testing/waiting.fixture';
import type { RunCommand } from '@klevr/contracts/command';
import { newId } from '@klevr/contracts/ids';
import {
  ClaimReply,
  provisionAsks,
  type AnsweredOf,
  type AskedOf,
  type Claim,
  type ProvisionStep,
  type ProvisionVerb,
} from '@klevr/contracts/provision';
import { subjects, workersInbox } from '@klevr/contracts/subjects';
import type { Bus } from '@klevr/messaging/bus';
import { Sealer } from '@klevr/messaging/auth/sealed-box';
import { pack, type Archive } from '@klevr/recipes/archive';
import type { TestBed } from '@klevr/testing/test-bed';

/** The provisioner's central service as a worker sees it, beside the fake centre: hands out recipes, and keeps what it is told. */
export class FakeProvisioner {
  readonly told: { [V in ProvisionVerb]: AskedOf<V>[] } = {
    ...{ files: [], progress: [], result: [], observed: [], lockState: [], readState: [], writeState: [], unlockState: [] },
  };
  /** What `observed` is answered with. */
  known = true;
  /** While it is away nobody is answered. */
  away = false;
  private readonly recipes = new Map<string, Archive>();
  private readonly waiting = new Waiting();

  private constructor(
    private readonly centre: FakeCentre,
    private readonly bus: Bus,
  ) {}

  static async open(bed: TestBed, centre: FakeCentre): Promise<FakeProvisioner> {
    const provisioner = new FakeProvisioner(centre, await bed.serviceBus('provisioner'));
    provisioner.serve('files', ({ digest, offset }) => {
      const data = provisioner.recipes.get(digest)?.data ?? Buffer.alloc(0);
      // Small pieces, so that there are several.
      return { data: data.subarray(offset, offset + 200).toString('base64'), bytes: data.length };
    });
    provisioner.serve('progress', () => ({ stop: false }));
    provisioner.serve('result', () => ({}));
    provisioner.serve('observed', () => ({ known: provisioner.known }));
    await provisioner.bus.flush();
    return provisioner;
  }

  /** A recipe of the pretend driver. */
  async recipe(name: string, spec: string, more = ''): Promise<ProvisionStep['recipe']> {
    const text = `apiVersion: klevr/v1\nname: ${name}\nversion: 1.0.0\ndescription: for tests\ndriver: pretend\n${more}\nspec:\n${spec}`;
    const archive = await pack([{ path: 'recipe.yaml', data: Buffer.from(text), executable: false }]);
    this.recipes.set(archive.digest, archive);
    return { name, version: '1.0.0', driver: 'pretend', digest: archive.digest, bytes: archive.data.length };
  }

  async claim(claim: Omit<Claim, 'runId'>): Promise<ClaimReply> {
    const inbox = { to: 'agent' as const, zone: this.centre.zoneId, agent: workersInbox };
    const subject = subjects.provisionClaim.build({ zone: this.centre.zoneId });
    const reply = await this.centre.taskManager.request(
      subject,
      'provision.claim',
      { ...claim, runId: newId('run') },
      { inbox, timeoutMs: 2_000 },
    );
    return ClaimReply.parse(reply.json());
  }

  /** Gives an operation to a worker, as the task-manager does. */
  async operate(
    agentId: string,
    step: ProvisionStep,
    secrets: Readonly<Record<string, string>> = {},
    changes: Partial<RunCommand> = {},
  ): Promise<RunCommand> {
    const sealingKey = this.centre.hellos.at(-1)?.sealingKey ?? '';
    const credentials = Object.entries(secrets).map(([name, value]) => ({
      ...{ name, as: 'environment' as const, variable: name },
      sealed: new Sealer().seal(Buffer.from(value), sealingKey).toString('base64'),
    }));
    const steps = [{ name: step.action, use: 'Provision', with: step, retries: 0 }];
    const command = this.centre.runCommand(agentId, { steps, ...(credentials.length > 0 ? { credentials } : {}), ...changes });
    await this.centre.run(command);
    return command;
  }

  /** The result of an operation's attempt, as soon as it was told. */
  async result({ runId, attempt }: Pick<RunCommand, 'runId' | 'attempt'>): Promise<AskedOf<'result'>> {
    const find = (): AskedOf<'result'> | undefined => this.told.result.find((told) => told.runId === runId && told.attempt === attempt);
    await this.until('the result is told', () => find() !== undefined);
    const result = find();
    if (result === undefined) throw new Error('no result');
    return result;
  }

  until(what: string, condition: () => boolean): Promise<void> {
    return this.waiting.until(what, condition, 30_000);
  }

  private serve<V extends ProvisionVerb>(verb: V, answer: (asked: AskedOf<V>) => AnsweredOf<V>): void {
    this.bus.subscribe(subjects.provision.wildcard({ zone: this.centre.zoneId, verb }), (message) => {
      if (this.away) return;
      const asked = provisionAsks[verb].request.parse(message.json()) as AskedOf<V>;
      (this.told[verb] as AskedOf<V>[]).push(asked);
      if (message.reply !== undefined) this.bus.respond(message.reply, { ok: true, data: answer(asked) });
      this.waiting.changed();
    });
  }
}
