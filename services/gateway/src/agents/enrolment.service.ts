import { Injectable } from '@nestjs/common';
import type { Enroll, Enrolled } from '@klevr/contracts/agent';
import { schedulerRpc } from '@klevr/contracts/scheduler-contracts';
import { taskManagerRpc } from '@klevr/contracts/task-manager-contracts';
import { Bus } from '@klevr/messaging/bus';
import { call } from '@klevr/messaging/call';

@Injectable()
export class EnrolmentService {
  constructor(private readonly bus: Bus) {}

  async enroll(enroll: Enroll, address: string): Promise<Enrolled> {
    // The keys first: a join token must not be used up for an answer that cannot be given.
    const taskKeys = await call(this.bus, taskManagerRpc.getTaskKeys, {});
    return { ...(await call(this.bus, schedulerRpc.enroll, { enroll, address })), taskKeys };
  }
}
