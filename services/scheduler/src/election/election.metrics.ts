import { Counter, Gauge } from 'prom-client';

export const elections = new Counter({
  name: 'klevr_elections_total',
  help: 'Appointments that this replica wrote, by what made them necessary',
  labelNames: ['cause'],
});

export const zonesByPrimary = new Gauge({
  name: 'klevr_zones',
  help: 'Zones as this replica sees them: with a primary, or headless',
  labelNames: ['primary'],
});

export const agentsByStatus = new Gauge({ name: 'klevr_agents', help: 'Agents by status, all zones', labelNames: ['status'] });
