import { describe, expect, it } from '@jest/globals';
import type { ContainerInspectInfo } from 'dockerode';
import type { ActualContainer } from './actual-state.js';
import { readSection } from '../read-section.js';
import { DockerSpec, type ContainerSpec } from './docker-spec.js';
import { containerHealth, wholeHealth } from './engine-health.js';

const containerIn = (state: object): ActualContainer => {
  const State = { Status: 'running', Running: true, Paused: false, Restarting: false, ExitCode: 0, ...state };
  return { id: 'c', name: 'c', part: 'container/c', labels: {}, info: { State } as ContainerInspectInfo };
};
const job: ContainerSpec | undefined = readSection(DockerSpec, { containers: { c: { image: 'a', job: true } } }).containers['c'];

describe('what a Docker Engine says of a container', () => {
  it.each([
    ['healthy', {}, undefined],
    ['healthy', { Health: { Status: 'healthy', Log: [] } }, undefined],
    ['starting', { Health: { Status: 'starting', Log: [] } }, undefined],
    ['unhealthy', { Health: { Status: 'unhealthy', Log: [{ Output: 'refused' }] } }, undefined],
    ['unhealthy', { Status: 'restarting', Restarting: true }, undefined],
    ['unhealthy', { Status: 'exited', Running: false }, undefined],
    ['healthy', { Status: 'exited', Running: false }, job],
    ['unhealthy', { Status: 'exited', Running: false, ExitCode: 1 }, job],
    ['starting', {}, job],
  ])('is %s for %j', (health, state, spec) => {
    expect(containerHealth(containerIn(state), spec).state).toBe(health);
  });

  it('is as bad as the worst of all', () => {
    const [good, bad] = [containerIn({}), containerIn({ Status: 'exited', Running: false, ExitCode: 2 })];
    const each = [good, bad, undefined].map((one, index) => ({ part: `container/${index}`, ...containerHealth(one, undefined) }));
    expect(wholeHealth(each)).toEqual({ state: 'unhealthy', message: 'container/1: exited (2)' });
    expect(wholeHealth(each.slice(0, 1))).toEqual({ state: 'healthy', message: '' });
    expect(wholeHealth([])).toMatchObject({ state: 'unknown' });
  });
});
