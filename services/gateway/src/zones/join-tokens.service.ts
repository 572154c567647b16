import { Injectable } from '@nestjs/common';
import type { RequestInput } from '@klevr/contracts/contract';
import { schedulerRpc } from '@klevr/contracts/scheduler-contracts';
import { CreatedJoinToken } from '@klevr/contracts/zone';
import { Bus } from '@klevr/messaging/bus';
import { call } from '@klevr/messaging/call';
import { z } from 'zod';
import { joinCommand } from './join-command.js';
import { PublicUrl } from './public-url.js';

export const JoinTokenWithCommand = CreatedJoinToken.extend({
  command: z.string().describe('to be pasted into a shell of the host: installs the agent or worker and starts it'),
}).meta({ id: 'CreatedJoinToken' });
export type JoinTokenWithCommand = z.infer<typeof JoinTokenWithCommand>;

const { createJoinToken } = schedulerRpc;

/** Adds the command to what the scheduler answers: only this door knows where it stands. */
@Injectable()
export class JoinTokensService {
  constructor(
    private readonly bus: Bus,
    private readonly publicUrl: PublicUrl,
  ) {}

  async create(request: RequestInput<typeof createJoinToken>, reachedAt: string | undefined): Promise<JoinTokenWithCommand> {
    // Before the token is made: it would be lost with a command that cannot be told.
    const serverUrl = this.publicUrl.orElse(reachedAt);
    const made = await call(this.bus, createJoinToken, request);
    return { ...made, command: `${joinCommand(serverUrl, made.token)}${made.kind === 'worker' ? ' --worker' : ''}` };
  }
}
