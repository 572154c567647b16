import type { CreateTask } from '@klevr/contracts/task';
import { Injectable } from '@nestjs/common';
import { AddressPolicy } from '../callbacks/address-policy.js';
import { CredentialsService } from '../credentials/credentials.service.js';
import { refuseFaulty, refuseTooLarge, type Place, type TaskRequest } from './new-task.js';
import { TargetsService } from './targets.service.js';

/** A task without a fault, and who it is for. */
export interface CheckedTask {
  readonly request: CreateTask;
  readonly place: Place;
  readonly agentIds: readonly string[];
}

/** What a task has to be besides well written. */
@Injectable()
export class TaskRules {
  constructor(
    readonly addresses: AddressPolicy,
    readonly credentials: CredentialsService,
  ) {}
}

/** Finds what is wrong with a task before anything is written. */
@Injectable()
export class CheckTaskService {
  constructor(
    private readonly targets: TargetsService,
    private readonly rules: TaskRules,
  ) {}

  async check(request: CreateTask): Promise<CheckedTask> {
    refuseFaulty(request, this.rules.addresses);
    const { zoneId, zoneName, agentIds } = await this.targets.resolve(request.zone, request.target);
    await this.rules.credentials.refuseFaultyUses(zoneId, request.credentials);
    return { request, place: { zoneId, zoneName }, agentIds };
  }

  /** The zone of an operation's task has to be known, and to have its credentials. */
  async checkOperation(request: TaskRequest): Promise<Place> {
    refuseTooLarge(request);
    const { zoneId, zoneName } = await this.targets.resolve(request.zone, { primary: true });
    await this.rules.credentials.refuseFaultyUses(zoneId, request.credentials);
    return { zoneId, zoneName };
  }

  /** Of a task to be made later: a selector that matches nobody now is no fault. */
  async checkForLater(request: CreateTask): Promise<Place> {
    refuseFaulty(request, this.rules.addresses);
    const place = await this.targets.placeOf(request.zone, request.target);
    await this.rules.credentials.refuseFaultyUses(place.zoneId, request.credentials);
    return place;
  }
}
