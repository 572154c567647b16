import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { AppError } from '@klevr/contracts/errors';
import { schedulerRpc } from '@klevr/contracts/scheduler-contracts';
import { createDataSource } from '@klevr/persistence/data-source';
import type { DataSource } from 'typeorm';
import { CreatedSession } from '../auth/session-schemas.js';
import { type Answer, GatewayBed } from '../gateway.fixture.js';
import { Problem } from '../http/problem.js';
import { zone as zoneSample } from '../samples.fixture.js';
import { CreatedUser } from './user-requests.js';

const otherZone = 'zone_01JBZ6V1GQ6W3F5J8C2N4R7T9Y';
export const good = 'tall giraffes eat clouds';
export const better = 'short penguins drink fog';
export const everything = { role: 'admin', zones: null };

export const faults = ({ json }: Answer): string[] => Problem.parse(json).errors.map(({ path, message }) => `${path}: ${message}`);
export const codeOf = ({ json }: Answer): string => Problem.parse(json).code;

/** A gateway with its database, and what people do there. There are two zones, `demo` and `other`. */
export class PeopleBed {
  /** The token of the first admin. */
  admin = '';

  private constructor(
    readonly gateway: GatewayBed,
    readonly database: DataSource,
  ) {}

  static async open(): Promise<PeopleBed> {
    const gateway = await GatewayBed.open();
    gateway.answer(schedulerRpc.getZone, ({ zone }) => {
      if (zone === 'nowhere') throw new AppError('NOT_FOUND', 'There is no such zone');
      return zone === 'other' || zone === otherZone ? { ...zoneSample, id: otherZone, name: 'other' } : zoneSample;
    });
    await gateway.start();
    const database = createDataSource({ url: gateway.bed.databaseUrl, entities: [], migrations: [], migrationsTable: 'none' });
    const people = new PeopleBed(gateway, await database.initialize());
    people.admin = await gateway.signIn();
    return people;
  }

  async close(): Promise<void> {
    await this.database.destroy();
    await this.gateway.close();
  }

  /** By the first admin unless another token is given; an empty one for nobody. */
  call(method: string, path: string, body?: unknown, token = this.admin, headers: Record<string, string> = {}): Promise<Answer> {
    return this.gateway.send(method, `/api/v1${path}`, { token, headers, ...(body === undefined ? {} : { body }) });
  }

  /** A new user, with a good password unless the body says otherwise. */
  async made(body: object): Promise<CreatedUser> {
    const answer = await this.call('POST', '/users', { password: good, ...body });
    if (answer.status !== 201) throw new Error(answer.text);
    return CreatedUser.parse(answer.json);
  }

  /** The program as it is built. */
  resetPassword(username: string): Promise<{ stdout: string }> {
    const program = fileURLToPath(new URL('../../dist/reset-password/main.js', import.meta.url));
    const env = { PATH: process.env['PATH'], KLEVR_DATABASE_URL: this.gateway.bed.databaseUrl };
    return promisify(execFile)(process.execPath, [program, username], { env, timeout: 60_000 });
  }

  enter(username: string, password: string): Promise<Answer> {
    return this.call('POST', '/sessions', { username, password }, '');
  }

  async tokenOf(username: string, password = good): Promise<string> {
    return CreatedSession.parse((await this.enter(username, password)).json).token;
  }
}
