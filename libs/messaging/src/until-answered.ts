/**
 * Asks JetStream again where it did not answer: a cluster that elects a leader, or is busy, lets requests go unanswered.
 * Promises: six tries, half a minute with the client's own time-out of five seconds; any answer, an error too, ends them. Does not: make anything repeatable; what is
 * asked must be the same whether it is done once or twice.
 */
const mostTries = 6;

export const untilAnswered = async <T>(ask: () => Promise<T>): Promise<T> => {
  for (let tries = 1; ; tries += 1) {
    try {
      return await ask();
    } catch (error) {
      if (!(error instanceof Error && error.name === 'TimeoutError') || tries === mostTries) throw error;
    }
  }
};
