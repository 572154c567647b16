import { Injectable } from '@nestjs/common';
import type { RequestInput } from '@klevr/contracts/contract';
import { AppError } from '@klevr/contracts/errors';
import { schedulerRpc } from '@klevr/contracts/scheduler-contracts';
import { CreatedJoinToken } from '@klevr/contracts/zone';
import { Bus } from '@klevr/messaging/bus';
import { call } from '@klevr/messaging/call';
import { z } from 'zod';
import { joinCommand } from './join-command.js';

export const JoinTokenWithCommand = CreatedJoinToken.extend({
  command: z.string().describe('to be pasted on a host, in the folder of this repository'),
}).meta({ id: 'CreatedJoinToken' });
export type JoinTokenWithCommand = z.infer<typeof JoinTokenWithCommand>;

/** How hosts reach this door, if the configuration says so. */
export class PublicUrl {
  constructor(readonly value: string | undefined) {}
}

const { createJoinToken } = schedulerRpc;

/** Adds the command to what the scheduler answers: only this door knows where it stands. */
@Injectable()
export class JoinTokensService {
  constructor(
    private readonly bus: Bus,
    private readonly publicUrl: PublicUrl,
  ) {}

  async create(request: RequestInput<typeof createJoinToken>, reachedAt: string | undefined): Promise<JoinTokenWithCommand> {
    const serverUrl = this.publicUrl.value ?? reachedAt;
    // Before the token is made: it would be lost with a command that cannot be told.
    if (serverUrl === undefined) {
      throw new AppError('BAD_REQUEST', 'The Host header names no host', { errors: [{ path: 'Host', message: 'is not a host' }] });
    }
    const made = await call(this.bus, createJoinToken, request);
    return { ...made, command: joinCommand(serverUrl.replace(/\/+$/, ''), made.token) };
  }
}
