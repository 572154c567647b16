import { Counter, Gauge } from 'prom-client';

export const statusChanges = new Counter({
  name: 'klevr_agent_status_changes_total',
  help: 'Changes of agents that this replica stored, by the new status: suspicions, losses, returns by a probe or a word of the primary',
  labelNames: ['status'],
});

export const probes = new Counter({
  name: 'klevr_agent_probes_total',
  help: 'Probes of agents that this replica judged for liveness, by the answer',
  labelNames: ['answer'],
});

export const cloneRefusals = new Counter({
  name: 'klevr_clone_refusals_total',
  help: 'Hellos refused by this replica because another machine with the identity answered a probe',
});

export const openIncidents = new Gauge({ name: 'klevr_incidents_open', help: 'Incidents that are open, as this replica knows them' });
