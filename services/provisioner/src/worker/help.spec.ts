import { describe, expect, it } from '@jest/globals';
import { AgentConfig } from '@klevr/agent-runtime/config';
import { driverSettings } from '@klevr/drivers/driver-settings';
import { readConfig } from '@klevr/platform/config';
import { helpText } from './help.js';
import { settingsOfDrivers, WorkerSettings } from './worker-settings.js';

const variable = (key: string): string => `KLEVR_${key.replace(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase()}`;

describe('the settings of a worker', () => {
  it('are told by its help, but for those of its drivers', () => {
    const own = Object.keys(WorkerSettings.shape).filter((key) => !(key in driverSettings));
    const names = [...Object.keys(AgentConfig.shape), ...own].map(variable);
    expect([...helpText.matchAll(/^ {2}(KLEVR_\w+)/gm)].map(([, name]) => name)).toEqual(names);
  });

  it('name drivers that there are', () => {
    const read = (names: string): unknown => readConfig(WorkerSettings, { KLEVR_WORKER_DRIVERS: names });
    expect(read('docker, shell')).toMatchObject({ config: { workerDrivers: ['docker', 'shell'], workerRecipeMegabytes: 256 } });
    expect(read('dokcer')).toMatchObject({ faults: [{ env: 'KLEVR_WORKER_DRIVERS' }] });
  });

  it('reach drivers without those of the worker itself', () => {
    const result = readConfig(WorkerSettings, { KLEVR_PRETEND_WORLD: '/w.json', KLEVR_JOIN_TOKEN: 'secret' });
    if ('faults' in result) throw new Error(JSON.stringify(result.faults));
    const settings = settingsOfDrivers({ ...result.config, joinToken: 'secret' } as never);
    expect(settings).toMatchObject({ pretendWorld: '/w.json' });
    expect(JSON.stringify(settings)).not.toContain('secret');
  });
});
