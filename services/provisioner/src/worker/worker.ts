import { join } from 'node:path';
import type { AgentExtension, ExtensionHost, OpenExtension } from '@klevr/agent-runtime/extension';
import { Centre } from './centre.js';
import { Claims } from './claims.js';
import { DriverRegistry, shippedDrivers } from './driver-registry.js';
import { Engines } from './engines.js';
import { helpText } from './help.js';
import { Keeper } from './keeper.js';
import type { OperationHost } from './operation.js';
import { provision } from './provision.js';
import { provisionCommand } from '@klevr/contracts/provision';
import { RecipeCache } from './recipe-cache.js';
import { ResourceJournal } from './resource-journal.js';
import { settingsOfDrivers, WorkerSettings } from './worker-settings.js';
import { Workshop } from './workshop.js';

/** The worker: an agent that carries out operations on resources. Puts its parts together. */
export const openWorker = (host: ExtensionHost, settings: WorkerSettings): OpenExtension => {
  const { link, clock, log, nowMs, environment, standing } = host;
  const folder = join(host.agentDir, 'worker');
  const journal = ResourceJournal.open(join(folder, 'resources'), log);
  const centre = new Centre(link, clock);
  const recipes = new RecipeCache({
    ...{ folder: join(folder, 'recipes'), mostBytes: settings.workerRecipeMegabytes * 1024 * 1024, centre },
    inUse: () => journal.recipesInUse(),
  });
  const drivers = new DriverRegistry({
    ...{ loaders: shippedDrivers, names: settings.workerDrivers, folder: join(folder, 'drivers'), log },
    host: { clock, log, environment, settings: settingsOfDrivers(settings) },
  });
  const workshop = new Workshop(drivers, recipes, join(folder, 'work'));
  const claims = new Claims({ link, standing });
  const keeper = new Keeper({ journal, workshop, drivers, centre, environment, clock, nowMs, log });
  const engines = new Engines({
    drivers,
    onChange: (found) => {
      offer();
      keeper.enginesChanged(found);
      host.changed();
    },
    ...{ clock, log },
  });
  // One that is asked and says nothing would keep the operation from another.
  const offer = (): void => {
    const { session, takesWork } = standing();
    claims.serve(session !== null && takesWork ? engines.all : []);
  };
  const operations: OperationHost = {
    workshop,
    journal,
    centre,
    agentId: link.me.agent,
    zoneName: host.zoneName,
    environment,
    clock,
    nowMs,
  };
  return {
    commands: new Map([[provisionCommand, provision({ host: operations, engines, keeper, log })]]),
    capabilities: () => engines.capabilities(),
    start: () => {
      engines.start();
      keeper.start();
    },
    reconnected: () => centre.reconnected(),
    greeted: offer,
    leaving: () => claims.stop(),
    stop: async () => {
      engines.stop();
      await keeper.stop();
      await drivers.close();
    },
  };
};

export const workerExtension: AgentExtension<typeof WorkerSettings> = {
  ...{ program: 'klevr-worker', service: 'worker', help: helpText, kind: 'worker', settings: WorkerSettings },
  open: openWorker,
};
