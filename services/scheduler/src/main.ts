import 'reflect-metadata';
import { Bus } from '@klevr/messaging/bus';
import { loadConfig } from '@klevr/platform/config';
import { Log } from '@klevr/platform/log';
import { runService } from '@klevr/platform/run-service';
import { AppModule } from './app.module.js';
import { ViolationsService } from './hosts/violations.service.js';
import { SchedulerConfig } from './scheduler-config.js';
import { schedulerTransport } from './scheduler.transport.js';

const config = loadConfig(SchedulerConfig);

await runService({
  name: 'scheduler',
  config,
  module: AppModule.register(config),
  strategy: (app) => schedulerTransport(app.get(Bus), app.get(Log), (violation) => void app.get(ViolationsService).report(violation)),
});
