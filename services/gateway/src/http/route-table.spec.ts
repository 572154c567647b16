import { describe, expect, it } from '@jest/globals';
import { RouteTable } from './route-table.js';

describe('RouteTable', () => {
  const routes = new RouteTable();
  routes.add('/zones', ['GET']);
  routes.add('/zones', ['POST']);
  routes.add('/zones/:zone', ['GET', 'HEAD']);
  routes.add('/zones/:zone/primary', ['GET']);

  it.each([
    ['/zones', ['GET', 'POST']],
    ['/zones/demo', ['GET', 'HEAD']],
    ['/zones/demo/primary', ['GET']],
    ['/zones/', []],
    ['/zones/demo/', []],
    ['/zones//primary', []],
    ['/zone', []],
    ['/zones/demo/primary/x', []],
    ['', []],
  ])('%s has %j', (path, methods) => {
    expect(routes.methodsOf(path)).toEqual(methods);
  });
});
