import 'reflect-metadata';
import { Bus } from '@klevr/messaging/bus';
import { loadConfig } from '@klevr/platform/config';
import { Log } from '@klevr/platform/log';
import { runService } from '@klevr/platform/run-service';
import { AppModule } from './app.module.js';
import { provisionerConfig } from './provisioner.config.js';
import { provisionerTransport } from './transport.js';

const config = loadConfig(provisionerConfig);

await runService({
  name: 'provisioner',
  module: AppModule.register(config),
  config,
  strategy: (app) => provisionerTransport(app.get(Bus), app.get(Log)),
});
