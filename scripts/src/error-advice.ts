import type { ErrorCode } from '@klevr/contracts/errors';

/** When a code is answered, and what to do then. A code without advice does not compile. */
export const errorAdvice: Readonly<Record<ErrorCode, readonly [when: string, then: string]>> = {
  BAD_REQUEST: [
    'Body, query, path or headers are not as the API document says; `errors` names every fault with its path',
    'Correct all of them; the same request is refused again',
  ],
  UNAUTHENTICATED: [
    'There is no `Authorization: Bearer …`, or its session or API token is unknown, has ended or was revoked',
    'Sign in again, or use another API token',
  ],
  BAD_CREDENTIALS: ['A sign-in with a wrong name or password; which of both is not told', 'Try again; further failures take longer each'],
  JOIN_TOKEN_REFUSED: ['An agent enrols with a join token that is not good', 'Make a new one: `POST /zones/{zone}/join-tokens`'],
  SIGN_IN_REFUSED: [
    'The identity provider did not vouch for the person, or the person may not sign in here; `detail` says which',
    'Begin the sign-in anew; else ask an admin to link or invite the person',
  ],
  INVITATION_REFUSED: ['An account is made with an invitation that is not good', 'Ask for a new invitation'],
  FORBIDDEN: ['The caller may see this, and may not do it', 'Ask an admin for the role that `detail` names'],
  NOT_FOUND: [
    'There is no such thing or path, or it is in a zone where the caller has no role',
    'Check the id; ask for a role in the zone',
  ],
  METHOD_NOT_ALLOWED: ['The path has other methods', 'Use one of those in the header `Allow`'],
  CONFLICT: ['The name is taken, or as many things as there may be are there', 'Choose another name, or remove what is not needed'],
  WRONG_STATE: [
    'What is asked does not fit how the thing stands, such as canceling a task that has ended',
    'Read the thing, and decide anew',
  ],
  NOT_APPROVED: [
    'An agent asks for its credentials before an operator has let it in',
    'Approve it: `POST /agents/{id}/approve`; the agent asks again by itself',
  ],
  CLONE_REFUSED: ['An agent starts with the identity of another process that is online', 'Join one of the two machines anew'],
  AGENT_REMOVED: ['An agent that was removed comes back', 'Join it with a new join token, if it is wanted'],
  PRECONDITION_FAILED: [
    'The thing has another ETag than `If-Match` names: somebody has changed it',
    'Read it, apply the change anew, send the new ETag',
  ],
  IDEMPOTENCY_MISMATCH: ['The `Idempotency-Key` was used with another request', 'Use a new key for each thing that is to be done'],
  SECRET_SHOWN_ONCE: [
    'A request is repeated with its `Idempotency-Key`, and its answer held a secret',
    'It was done. Where the secret was not received: revoke it, and make another one',
  ],
  TOO_LARGE: [
    'The body has more than 4 MiB, or becomes too large for one message',
    'Send less at once; get large inputs onto the host another way',
  ],
  UNSUPPORTED_MEDIA_TYPE: ['The body is not `application/json`, or is compressed', 'Send plain JSON in UTF-8'],
  NO_TARGET: ['A selector matches no agent, or nobody can take over', 'See who would be hit: `POST /targets/preview`'],
  RATE_LIMITED: [
    'More requests, sign-ins or open streams than are allowed; nothing was done',
    'Wait as long as `Retry-After` says, then send it again',
  ],
  INTERNAL: ['A fault of Klevr', 'Tell the people who run it the `traceId`; their logs have it'],
  UNAVAILABLE: [
    'A service, NATS or the database does not answer in time; whether the work was done is not known',
    'Send it again after `Retry-After`, a POST with the same `Idempotency-Key`',
  ],
  STALE_EPOCH: ['A primary that was replaced sends commands', 'Nothing: the sender reads who is primary now, and sends anew'],
  WRONG_SESSION: ['A command reaches an agent that has started again since', 'Nothing: it is sent anew for the new session, if it may be'],
  WRONG_AGENT: ['A command reaches an agent that it is not for', 'A fault of Klevr, or somebody in between'],
  EXPIRED: ['A command reaches its agent too late', 'Nothing: it is sent anew; clocks and the network are worth a look if it is frequent'],
  BAD_SIGNATURE: [
    'A command was not signed by the task-manager',
    'A rotation of keys that did not reach the agent, or somebody in between',
  ],
  CANCELED: ['An attempt is canceled before it began', 'Nothing'],
  SPOOL_FULL: ["The disk of an agent's host is full, or the agent was cut off for long", 'Make room on the host'],
  FACT_REFUSED: ['What an agent tells cannot be stored', "A fault of Klevr; the fact stays beside the agent's spool"],
};
