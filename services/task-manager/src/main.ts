import 'reflect-metadata';
import { Bus } from '@klevr/messaging/bus';
import { loadConfig } from '@klevr/platform/config';
import { Log } from '@klevr/platform/log';
import { runService } from '@klevr/platform/run-service';
import { AppModule } from './app.module.js';
import { taskManagerConfig } from './task-manager.config.js';
import { taskManagerTransport } from './transport.js';

const config = loadConfig(taskManagerConfig);

await runService({
  name: 'task-manager',
  module: AppModule.register(config),
  config,
  strategy: (app) => taskManagerTransport(app.get(Bus), app.get(Log)),
});
