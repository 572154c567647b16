import { currentTraceId } from '@klevr/messaging/trace';
import { loadConfig } from '@klevr/platform/config';
import { runService } from '@klevr/platform/run-service';
import { AppModule } from './app.module.js';
import { GatewayConfig } from './gateway.config.js';
import { createHttpAdapter } from './http/http.adapter.js';
import { configureHttp } from './http/http.setup.js';

const config = loadConfig(GatewayConfig);

await runService({
  name: 'gateway',
  config,
  module: AppModule.register(config),
  adapter: createHttpAdapter(config),
  configure: configureHttp,
  traceId: currentTraceId,
});
