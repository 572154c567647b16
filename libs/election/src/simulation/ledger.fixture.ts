import type { NamedKey, StampOutcome } from '../primary-role.js';
import type { KeyStore } from './key-store.fixture.js';
import type { VirtualTime } from './virtual-time.fixture.js';

/**
 * Everything that must never happen, looked for as it happens.
 * Promises: it judges by what the bucket has been told, not by what a replica or an agent believes.
 */
const termSeconds = 15;
/** A second of the slowest clock. */
const slowestSecondMs = 1_112;

export class Ledger {
  readonly faults: string[] = [];
  deliveries = 0;
  private readonly toldEpochs = new Map<string, number>();
  /** By agent and epoch: when it was told that the key names it, or sent a sign of life that was answered. */
  private readonly lastSign = new Map<string, number>();

  constructor(
    private readonly keys: KeyStore,
    private readonly time: VirtualTime,
    private readonly uptimeOf: (name: string) => number,
  ) {}

  fault(text: string): void {
    this.faults.push(`${(this.time.nowMs / 1_000).toFixed(3)} s: ${text}`);
  }

  /** A primary passes a delivery on. */
  acted(name: string, session: string | null, epoch: number, told: NamedKey | undefined): void {
    const term = this.keys.terms.get(epoch);
    if (term?.agentId !== name || term.session !== session) this.fault(`${name} acts in epoch ${epoch} of ${term?.agentId}`);
    if (told?.agentId !== name || told.epoch !== epoch) this.fault(`${name} acts in epoch ${epoch}, and knows that it is over`);
    const sign = this.lastSign.get(`${name} ${epoch}`);
    const now = this.uptimeOf(name);
    if (sign === undefined || now - sign >= termSeconds) this.fault(`${name} acts in epoch ${epoch} at ${now}, last sign of life ${sign}`);
  }

  /** An agent takes a command of this epoch. It must not be below one that the key told it of, in whichever of its lives. */
  accepted(name: string, epoch: number): void {
    this.deliveries++;
    const told = this.toldEpochs.get(name) ?? 0;
    if (epoch < told) this.fault(`${name} accepts epoch ${epoch} after it was told of ${told}`);
  }

  told(name: string, epoch: number): void {
    this.toldEpochs.set(name, Math.max(epoch, this.toldEpochs.get(name) ?? 0));
  }

  /** What an agent was answered on a ready or stamp. */
  signed(name: string, epoch: number, outcome: StampOutcome, sentAt: number): void {
    const sentMs = this.time.nowMs - (this.uptimeOf(name) - sentAt) * slowestSecondMs;
    if (outcome === 'primary' && (this.keys.signedAtMs.get(epoch) ?? 0) < sentMs) {
      this.fault(`${name} is told to be primary of epoch ${epoch}, which was not written since it asked`);
    }
    const term = this.keys.terms.get(epoch);
    if (outcome === 'primary' && term?.agentId !== name) this.fault(`${name} is told to be primary of epoch ${epoch} of ${term?.agentId}`);
    if (outcome === 'silence' || outcome === 'notPrimary' || outcome === 'wrongSession') return;
    const key = `${name} ${epoch}`;
    this.lastSign.set(key, Math.max(this.lastSign.get(key) ?? 0, sentAt));
  }

  /** The key names it, by the key's own word or the centre's. */
  named(name: string, epoch: number, at: number): void {
    this.lastSign.set(`${name} ${epoch}`, at);
  }
}
