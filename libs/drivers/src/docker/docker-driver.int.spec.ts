import { dockerObstacle } from '@klevr/testing/docker-engine';
import { driverContract } from '../driver-contract.fixture.js';
import { DockerBed } from './docker-bed.fixture.js';

const skip = await dockerObstacle();

driverContract('docker', () => DockerBed.open(), { skip });
