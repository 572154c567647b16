import Sequencer from '@jest/test-sequencer';

/** Unit tests last: they are short, so at the end no worker waits for long while another one is still at a test of the whole system. */
export default class UnitTestsLast extends Sequencer {
  sort(tests) {
    const sorted = super.sort(tests);
    const isUnit = ({ path }) => !/\.(int|soak)\.spec\.ts$/.test(path);
    return [...sorted.filter((test) => !isUnit(test)), ...sorted.filter(isUnit)];
  }
}
