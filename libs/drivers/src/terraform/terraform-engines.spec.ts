import { describe, expect, it } from '@jest/globals';
import { hostIn } from '../work.fixture.js';
import { openTerraformDriver } from './terraform-driver.js';

describe('the engines of terraform', () => {
  it('are none where a program of its name says something else', async () => {
    const driver = openTerraformDriver(hostIn('/', { terraformBinary: '/bin/echo' }));
    expect(await driver.engines()).toEqual([]);
  });
});
