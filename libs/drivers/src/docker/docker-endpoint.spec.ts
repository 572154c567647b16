import { describe, expect, it } from '@jest/globals';
import { dockerEndpoint } from './docker-endpoint.js';

describe('the address of a Docker Engine', () => {
  it('is the usual socket, that of the environment, or the one that the worker was told', () => {
    expect(dockerEndpoint({}, {})).toEqual({ socketPath: '/var/run/docker.sock' });
    expect(dockerEndpoint({}, { DOCKER_HOST: 'unix:///a' })).toEqual({ socketPath: '/a' });
    expect(dockerEndpoint({ dockerHost: 'unix:///b' }, { DOCKER_HOST: 'unix:///a' })).toEqual({ socketPath: '/b' });
    expect(dockerEndpoint({ dockerSocket: '/c', dockerHost: 'unix:///b' }, {})).toEqual({ socketPath: '/c' });
  });

  it('is over TCP only with certificates', () => {
    expect(() => dockerEndpoint({ dockerHost: 'tcp://engine:2375' }, {})).toThrow('is not used without TLS');
    expect(dockerEndpoint({ dockerHost: 'tcp://engine' }, { DOCKER_CERT_PATH: '/certs' })).toEqual({
      ...{ host: 'engine', port: 2376 },
      files: { ca: '/certs/ca.pem', cert: '/certs/cert.pem', key: '/certs/key.pem' },
    });
  });

  it('is nothing else', () => {
    expect(() => dockerEndpoint({}, { DOCKER_HOST: 'ssh://engine' })).toThrow('is no address of a Docker Engine');
  });
});
