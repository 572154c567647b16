import { RetryPolicy } from '@klevr/contracts/execution';
import fc from 'fast-check';
import { runId } from './played-agent.fixture.js';
import type { RunRow } from './run-row.js';
import { after, runOf } from './run-row.fixture.js';
import { isEnded } from './run-state.js';
import { RunWorld } from './run-world.fixture.js';

/** What may happen, as a word and two numbers that each word uses as it likes. */
const happenings: Readonly<Record<string, (world: RunWorld, a: number, b: number) => void>> = {
  claim: (world) => world.claim(),
  sweep: (world) => world.sweep(),
  deliver: (world, a) => world.deliver(a),
  /** What happens on most days. */
  send: (world) => {
    world.sweep();
    world.claim();
    world.deliver(world.wire.length - 1);
  },
  tell: (world, a) => {
    world.facts(0, 1 + (a % 3), false);
    world.facts(1, 1 + (a % 3), false);
  },
  /** A whole outage: the centre gives the agent up. */
  loseOne: (world, a, b) => {
    const agent = world.agentAt(a);
    if (b % 3 === 0) agent.crash();
    agent.linked = false;
    world.wait(1 + (b % 30));
    world.lost(a);
  },
  /** Long enough for a lease to end and the work to go elsewhere. */
  moveOn: (world, a) => {
    world.wait(60 + (a % 60));
    world.sweep();
    world.claim();
    world.deliver(world.wire.length - 1);
  },
  comeBack: (world, a, b) => {
    const agent = world.agentAt(a);
    if (b % 2 === 0 || !agent.isAlive) agent.restart(b % 5 === 0, world.seconds);
    agent.linked = true;
    world.hello(a);
  },
  facts: (world, a, b) => world.facts(a, 1 + (b % 4), b % 5 === 0),
  hello: (world, a) => world.hello(a),
  alive: (world, a) => world.alive(a),
  wait: (world, a) => world.wait(1 + (a % 40)),
  cut: (world, a) => {
    world.agentAt(a).linked = false;
  },
  link: (world, a) => {
    const agent = world.agentAt(a);
    agent.linked = agent.isAlive;
  },
  crash: (world, a) => world.agentAt(a).crash(),
  restart: (world, a, b) => world.agentAt(a).restart(b % 4 === 0, world.seconds),
  lost: (world, a) => world.lost(a),
  fail: (world, a) => world.agentAt(a).finish('failed', 'STEP_FAILED', world.seconds),
  stop: (world, a) => world.agentAt(a).finish('lost', 'AGENT_STOPPED', world.seconds),
  succeed: (world, a) => world.agentAt(a).finish('succeeded', null, world.seconds),
};

const often = ['send', 'tell', 'send', 'tell', 'wait', 'loseOne', 'moveOn', 'comeBack'];
const what = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom(...often) },
  { weight: 2, arbitrary: fc.constantFrom(...Object.keys(happenings)) },
);
const step = fc.record({ what, a: fc.nat(1_000), b: fc.nat(1_000) });
/** Cancels and the like end most stories early, so they are rare. */
export const story = fc.record({
  steps: fc.array(step, { minLength: 5, maxLength: 120 }),
  cancelAt: fc.option(fc.nat(120), { freq: 1 }),
  deadlineSeconds: fc.option(fc.integer({ min: 20, max: 2_000 }), { freq: 1 }),
  timeoutSeconds: fc.option(fc.integer({ min: 20, max: 500 })),
  kind: fc.constantFrom('once', 'again', 'movable'),
  maxAttempts: fc.integer({ min: 1, max: 4 }),
  on: fc.subarray(['lost', 'failed', 'timed_out'] as const, { minLength: 1 }),
});
export type Story = typeof story extends fc.Arbitrary<infer T> ? T : never;

const runIn = ({ kind, deadlineSeconds, timeoutSeconds, maxAttempts, on }: Story): RunRow => {
  const retry = { ...RetryPolicy.parse({ maxAttempts, on, aloneSeconds: 60 }), resumable: false, steps: 1 };
  const policy = kind === 'once' ? {} : ({ execution: 'atLeastOnce', retry } as const);
  const place = kind === 'movable' ? ({ targetKind: 'any', movable: true, agentId: null } as const) : {};
  const deadlineAt = deadlineSeconds === null ? null : after(deadlineSeconds);
  return runOf({ id: runId, timeoutSeconds, deadlineAt, wakeAt: deadlineAt, ...policy, ...place }).row;
};

const tell = (told: Story): RunWorld => {
  const world = new RunWorld(runIn(told));
  for (const [index, { what, a, b }] of told.steps.entries()) {
    if (index === told.cancelAt) world.cancel();
    happenings[what]?.(world, a, b);
  }
  return world;
};

/** Everything is well again, and everybody does what he should. */
const comeToRest = (world: RunWorld): void => {
  for (let round = 0; round < 400 && !isEnded(world.row.state); round++) {
    for (const index of [0, 1]) {
      const agent = world.agentAt(index);
      if (!agent.isAlive) agent.restart(false, world.seconds);
      agent.linked = true;
      if (round % 5 === 0) world.hello(index);
      world.facts(index, 4, false);
      world.alive(index);
    }
    world.sweep();
    world.claim();
    world.deliver(world.wire.length - 1);
    for (const index of [0, 1]) world.agentAt(index).finish('succeeded', null, world.seconds);
    world.wait(10);
  }
};

/** Answers what went wrong in it; then everything comes to rest, and the run must end and stay as it is. */
export const faultsOf = (told: Story): string[] => {
  const world = tell(told);
  comeToRest(world);
  const { state } = world.row;
  if (!isEnded(state)) world.faults.push(`it never ends: ${JSON.stringify(world.row)}`);
  for (const index of [0, 1]) for (let count = 0; count < 20; count++) world.facts(index, 4, false);
  return world.row.state === state ? world.faults : [...world.faults, `${state} was left for ${world.row.state}`];
};
