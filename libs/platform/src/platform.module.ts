import { Module, type DynamicModule } from '@nestjs/common';
import { Clock } from './clock.js';
import { HealthRegistry } from './health-registry.js';
import { HealthModule } from './health.module.js';
import { Log } from './log.js';

/** Gives every module of a service `Clock`, `Log` and `HealthRegistry` by their classes. `runService` brings it in; tests register it with fakes. */
@Module({})
export class PlatformModule {
  static register({ clock, log }: { clock: Clock; log: Log }): DynamicModule {
    return {
      module: PlatformModule,
      global: true,
      imports: [HealthModule],
      providers: [
        { provide: Clock, useValue: clock },
        { provide: Log, useValue: log },
        { provide: HealthRegistry, useFactory: () => new HealthRegistry(clock, log) },
      ],
      exports: [Clock, Log, HealthRegistry],
    };
  }
}
