import type { Hypervisor } from '@klevr/libvirt/hypervisor';
import { isLibvirtError } from '@klevr/libvirt/libvirt-error';
import type { DomainRef } from '@klevr/libvirt/procedures';
import type { Clock } from '@klevr/platform/clock';
import type { LibvirtLink } from './libvirt-link.js';
import { isOff } from './present.js';

/** Switches machines on and off: first politely, then by the plug. */
export class MachinePower {
  constructor(
    private readonly hypervisor: Hypervisor,
    private readonly link: Pick<LibvirtLink, 'listen'>,
    private readonly clock: Clock,
    private readonly signal: AbortSignal,
  ) {}

  async up(ref: DomainRef): Promise<void> {
    const { domains } = this.hypervisor;
    const state = await domains.state(ref);
    if (!isOff(state)) return;
    await domains.start(ref).catch(async (error: unknown) => {
      // Somebody was faster.
      if (!isLibvirtError(error, 'operationInvalid') || isOff(await domains.state(ref))) throw error;
    });
  }

  async down(ref: DomainRef, shutdownSeconds: number): Promise<void> {
    const { domains } = this.hypervisor;
    const state = await domains.state(ref);
    if (isOff(state)) return;
    const asks = shutdownSeconds > 0 && (state === 'running' || state === 'blocked');
    if (asks && (await this.shutDown(ref, shutdownSeconds * 1000))) return;
    await domains.destroy(ref);
  }

  /** Whether it went down in time. A guest that does not listen to its power button never does. */
  private async shutDown(ref: DomainRef, withinMs: number): Promise<boolean> {
    let told: (down: boolean) => void = () => undefined;
    const down = new Promise<boolean>((resolve) => (told = resolve));
    const forget = this.link.listen(({ uuid, what }) => {
      if (uuid === ref.uuid && (what === 'stopped' || what === 'undefined')) told(true);
    });
    const cancel = this.clock.setTimer(() => told(false), withinMs);
    const stop = (): void => told(false);
    this.signal.addEventListener('abort', stop, { once: true });
    void this.hypervisor.closed.then(stop);
    try {
      const asked = await this.hypervisor.domains.shutdown(ref).then(
        () => true,
        () => false,
      );
      const went = asked && (await down);
      this.signal.throwIfAborted();
      return went;
    } finally {
      cancel();
      forget();
      this.signal.removeEventListener('abort', stop);
    }
  }
}
