import { SettingsUpdate, Told } from '@klevr/contracts/presence';
import { inboxes, subjects } from '@klevr/contracts/subjects';
import type { Subscription } from '@klevr/messaging/bus';
import type { AgentLink } from './link.js';
import { readKey, type KeyView } from './primary/key-watch.js';

/** What the centre tells unasked: the zone's key, its settings, and what concerns this agent alone. Nobody but the centre can publish on these. */
export interface CentreWords {
  readonly key: (told: KeyView) => void;
  readonly settings: (settings: { readonly heartbeatSeconds: number }) => void;
  readonly told: (told: Told) => void;
}

export const hearCentre = (link: AgentLink, words: CentreWords): Subscription[] => {
  const { bus, me } = link;
  return [
    bus.subscribe(subjects.primary.build(me), (message) => {
      const told = readKey(message);
      if (told !== undefined) words.key(told);
    }),
    bus.subscribe(subjects.settings.build(me), (message) => {
      const update = link.read(message, SettingsUpdate);
      if (update?.zoneId === me.zone) words.settings(update.settings);
    }),
    bus.subscribe(inboxes.agentTold.build(me), (message) => {
      const told = link.read(message, Told);
      if (told !== undefined) words.told(told);
    }),
  ];
};
