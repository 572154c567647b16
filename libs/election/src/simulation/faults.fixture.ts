import type { Hub } from './hub.fixture.js';
import type { AgentModel } from './agent-model.fixture.js';
import type { Database } from './database.fixture.js';
import type { SchedulerModel } from './scheduler-model.fixture.js';
import type { VirtualTime } from './virtual-time.fixture.js';

/** What befalls a zone. Each heals by itself after a while, or with everything else at the end of the story. */
export const faultKinds = [
  'killAgent',
  'killPrimary',
  'restartAgent',
  'leave',
  'handOver',
  'freezeAgent',
  'freezePrimary',
  'freezeScheduler',
  'killScheduler',
  'killAllSchedulers',
  'cutAgent',
  'cutPrimary',
  'cutScheduler',
  'blip',
  'restartServer',
  'loseQuorum',
  'deleteKey',
  'purge',
  'deleteBucket',
  'databaseDown',
  'stepClocks',
] as const;
export type FaultKind = (typeof faultKinds)[number];

const longestMs = 20_000;
const hourMs = 3_600_000;

type Host = AgentModel | SchedulerModel;

interface Stage {
  readonly time: VirtualTime;
  readonly hub: Hub;
  readonly database: Database;
  readonly agents: readonly AgentModel[];
  readonly schedulers: readonly SchedulerModel[];
  primary(): AgentModel | undefined;
}

/** Answers what exactly happens, for the story. */
export const strike = (stage: Stage, kind: FaultKind): string => {
  const { time, hub, database, agents, schedulers } = stage;
  const forMs = time.chance(0.5) ? time.random() * 2_000 : time.random() * longestMs;
  const agent = kind.endsWith('Primary') ? stage.primary() : time.pick(agents);
  const scheduler = time.pick(schedulers);
  const passing = (what: string, begin: () => void, end: () => void): string => {
    begin();
    time.later(forMs, end);
    return `${what} for ${Math.round(forMs)} ms`;
  };
  switch (kind) {
    case 'killAgent':
    case 'killPrimary':
      return agent
        ? passing(
            agent.name,
            () => agent.kill(),
            () => agent.start(),
          )
        : 'nobody';
    case 'restartAgent':
      agent?.kill();
      agent?.start();
      return agent?.name ?? '';
    case 'leave':
      agent?.leave(() => time.later(forMs, () => agent.start()));
      return agent?.name ?? '';
    case 'handOver': {
      const to = time.chance(0.5) ? time.pick(agents)?.name : undefined;
      scheduler?.handOver(to);
      return `to ${to ?? 'the next one'} by ${scheduler?.name ?? ''}`;
    }
    case 'freezeAgent':
    case 'freezePrimary':
      return agent ? freeze(hub, agent, passing) : 'nobody';
    case 'freezeScheduler':
      return scheduler ? freeze(hub, scheduler, passing) : '';
    case 'killScheduler':
      return scheduler
        ? passing(
            scheduler.name,
            () => scheduler.kill(),
            () => scheduler.start(),
          )
        : '';
    case 'killAllSchedulers':
      return passing(
        'all',
        () => schedulers.forEach((each) => each.kill()),
        () => schedulers.forEach((each) => each.start()),
      );
    case 'cutAgent':
    case 'cutPrimary':
      return agent ? cut(hub, agent, time.random(), passing) : 'nobody';
    case 'cutScheduler':
      return scheduler ? cut(hub, scheduler, time.random(), passing) : '';
    case 'blip':
      if (agent?.process.alive === true && !agent.process.frozen) agent.dialer.blip();
      return agent?.name ?? '';
    case 'restartServer':
      return passing(
        '',
        () => hub.up && hub.stop(),
        () => hub.up || hub.start(),
      );
    case 'loseQuorum':
      return passing(
        '',
        () => (hub.keys.hasQuorum = false),
        () => (hub.keys.hasQuorum = true),
      );
    case 'deleteKey':
      if (hub.keys.key !== null) hub.change(null, hub.keys.revision);
      return '';
    case 'purge':
      hub.keys.purge();
      return '';
    case 'deleteBucket':
      hub.deleteBucket();
      return '';
    case 'databaseDown':
      return passing(
        '',
        () => (database.up = false),
        () => (database.up = true),
      );
    case 'stepClocks':
      for (const host of [...agents, ...schedulers]) if (time.chance(0.5)) host.process.stepWall(time.between(-hourMs, hourMs));
      return 'by up to an hour';
  }
};

type Passing = (what: string, begin: () => void, end: () => void) => string;

const freeze = (hub: Hub, host: Host, passing: Passing): string =>
  passing(
    host.name,
    () => (host.process.freeze(), hub.changed(host)),
    () => host.process.thaw(),
  );

/** Both ways, or one of them. */
const cut = (hub: Hub, host: Host, how: number, passing: Passing): string => {
  const [up, down] = how < 0.5 ? [false, false] : [how < 0.75, how >= 0.75];
  const set = (passes: { up: boolean; down: boolean }): void => {
    Object.assign(host.link, passes);
    hub.changed(host);
  };
  return passing(
    `${host.name} ${up ? 'down' : down ? 'up' : 'both ways'}`,
    () => set({ up, down }),
    () => set({ up: true, down: true }),
  );
};
