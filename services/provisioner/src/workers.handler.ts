import type { ReplyOf, RequestOf } from '@klevr/contracts/contract';
import { provisionContracts } from '@klevr/contracts/provisioner-contracts';
import { HandleRequest, type MessageContext } from '@klevr/messaging/decorators';
import { Controller } from '@nestjs/common';
import { ObservedService } from './resources/observed.service.js';
import { StateService } from './resources/state.service.js';
import { WorkService } from './resources/work.service.js';

type Asks = typeof provisionContracts;
type Asked<V extends keyof Asks> = RequestOf<Asks[V]>;
type Told<V extends keyof Asks> = Promise<ReplyOf<Asks[V]>>;

/** What workers tell and ask. Zone and worker are those of the subject, for which the server vouches. */
@Controller()
export class WorkersHandler {
  constructor(
    private readonly work: WorkService,
    private readonly observing: ObservedService,
    private readonly states: StateService,
  ) {}

  @HandleRequest(provisionContracts.progress)
  progress(told: Asked<'progress'>, context: MessageContext): Told<'progress'> {
    return this.work.progress(context, told);
  }

  @HandleRequest(provisionContracts.result)
  result(told: Asked<'result'>, context: MessageContext): Told<'result'> {
    return this.work.result(context, told);
  }

  @HandleRequest(provisionContracts.observed)
  observed(told: Asked<'observed'>, context: MessageContext): Told<'observed'> {
    return this.observing.observed(context, told);
  }

  @HandleRequest(provisionContracts.lockState)
  lockState(request: Asked<'lockState'>, context: MessageContext): Told<'lockState'> {
    return this.states.lock(context, request);
  }

  @HandleRequest(provisionContracts.readState)
  readState(request: Asked<'readState'>, context: MessageContext): Told<'readState'> {
    return this.states.read(context, request);
  }

  @HandleRequest(provisionContracts.writeState)
  writeState(request: Asked<'writeState'>, context: MessageContext): Told<'writeState'> {
    return this.states.write(context, request);
  }

  @HandleRequest(provisionContracts.unlockState)
  unlockState(request: Asked<'unlockState'>, context: MessageContext): Told<'unlockState'> {
    return this.states.unlock(context, request);
  }
}
