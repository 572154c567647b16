// Generated from docs/openapi.json by `npm run docs`.
export interface paths {
  '/api/v1/zones': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /**
     * Lists the zones
     * @description Lists the zones.
     *
     *     **Needs the role `viewer`**; what is of zones where the caller does not have it is left out.
     */
    get: operations['listZones'];
    put?: never;
    /**
     * Makes a zone
     * @description Makes a zone.
     *
     *     **Needs the role `admin` in all zones.**
     */
    post: operations['createZone'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/api/v1/zones/{zone}': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /**
     * Tells about a zone
     * @description Tells about a zone, with its primary and the number of agents by status.
     *
     *     **Needs the role `viewer`** in the zone that the path names (`zone`).
     */
    get: operations['getZone'];
    put?: never;
    post?: never;
    /**
     * Removes a zone
     * @description Removes a zone; one that has agents or open tasks only with `force=true`.
     *
     *     **Needs the role `admin`** in all zones.
     */
    delete: operations['deleteZone'];
    options?: never;
    head?: never;
    /**
     * Changes a zone
     * @description Changes a zone; its agents follow new settings at once.
     *
     *     **Needs the role `admin`** in the zone that the path names (`zone`).
     */
    patch: operations['updateZone'];
    trace?: never;
  };
  '/api/v1/zones/{zone}/join-tokens': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /**
     * Lists the join tokens of a zone
     * @description Lists the join tokens of a zone, without the tokens themselves.
     *
     *     **Needs the role `operator`** in the zone that the path names (`zone`).
     */
    get: operations['listJoinTokens'];
    put?: never;
    /**
     * Makes a join token
     * @description Makes a join token. The token is in this answer and never again.
     *
     *     **Needs the role `admin`** in the zone that the path names (`zone`).
     */
    post: operations['createJoinToken'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/api/v1/zones/{zone}/join-tokens/{id}': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    post?: never;
    /**
     * Revokes a join token
     * @description Revokes a join token.
     *
     *     **Needs the role `admin`** in the zone that the path names (`zone`).
     */
    delete: operations['revokeJoinToken'];
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/api/v1/zones/{zone}/primary': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /**
     * Tells the zone's primary
     * @description Tells the zone's primary; null while it has none.
     *
     *     **Needs the role `viewer`** in the zone that the path names (`zone`).
     */
    get: operations['getPrimary'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/api/v1/zones/{zone}/primary/history': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /**
     * Lists who was primary
     * @description Lists who was primary, the latest first, with cause and gap.
     *
     *     **Needs the role `viewer`** in the zone that the path names (`zone`).
     */
    get: operations['listTerms'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/api/v1/zones/{zone}/primary/handover': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /**
     * Hands the zone over to another agent
     * @description Hands the zone over to another agent: the named one, or the next that stands.
     *
     *     **Needs the role `operator`** in the zone that the path names (`zone`).
     */
    post: operations['handOverPrimary'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/api/v1/incidents': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /**
     * Lists incidents
     * @description Lists incidents, the latest first; while one is open, nobody it covers is declared lost.
     *
     *     **Needs the role `viewer`**; what is of zones where the caller does not have it is left out.
     */
    get: operations['listIncidents'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/api/v1/incidents/{id}/close': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /**
     * Closes an incident
     * @description Closes an incident: who is still gone will be declared lost.
     *
     *     **Needs the role `operator`** in the zone of the incident.
     */
    post: operations['closeIncident'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/api/v1/agents': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /**
     * Lists agents
     * @description Lists agents, of one zone or status or by labels if so asked.
     *
     *     **Needs the role `viewer`**; what is of zones where the caller does not have it is left out.
     */
    get: operations['listAgents'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/api/v1/agents/{id}': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /**
     * Tells about an agent
     * @description Tells about an agent.
     *
     *     **Needs the role `viewer`** in the zone of the agent.
     */
    get: operations['getAgent'];
    put?: never;
    post?: never;
    /**
     * Removes an agent
     * @description Removes an agent: its credentials end now, its connection is cut, and it needs a new join token to come back.
     *
     *     **Needs the role `admin`** in the zone of the agent.
     */
    delete: operations['deleteAgent'];
    options?: never;
    head?: never;
    /**
     * Changes what operators say about an agent
     * @description Changes what operators say about an agent.
     *
     *     **Needs the role `operator`** in the zone of the agent.
     */
    patch: operations['updateAgent'];
    trace?: never;
  };
  '/api/v1/agents/{id}/approve': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /**
     * Lets a pending agent in
     * @description Lets a pending agent in; it gets its credentials at once if it waits for them.
     *
     *     **Needs the role `admin`** in the zone of the agent.
     */
    post: operations['approveAgent'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/api/v1/agents/{id}/drain': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /**
     * Lets an agent finish what runs and gives it nothing new
     * @description Lets an agent finish what runs and gives it nothing new.
     *
     *     **Needs the role `operator`** in the zone of the agent.
     */
    post: operations['drainAgent'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/api/v1/agents/{id}/undrain': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /**
     * Gives a drained agent work again
     * @description Gives a drained agent work again.
     *
     *     **Needs the role `operator`** in the zone of the agent.
     */
    post: operations['undrainAgent'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/api/v1/enroll': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /**
     * Lets a host join with a join token
     * @description Lets a host join with a join token; used by agents.
     *
     *     **Needs no session.**
     */
    post: operations['enrollAgent'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/api/v1/agents/{id}/credentials': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /**
     * Gives an agent its NATS credentials
     * @description Gives an agent its NATS credentials, proved by a signature of its key; used by agents.
     *
     *     **Needs no session.**
     */
    post: operations['giveAgentCredentials'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/api/v1/zones/{zone}/credentials': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /**
     * Lists the secrets of a zone
     * @description Lists the secrets of a zone, without their values.
     *
     *     **Needs the role `operator`** in the zone that the path names (`zone`).
     */
    get: operations['listCredentials'];
    put?: never;
    /**
     * Keeps a secret of a zone under a name that tasks can use
     * @description Keeps a secret of a zone under a name that tasks can use; its value is never told again.
     *
     *     **Needs the role `admin`** in the zone that the path names (`zone`).
     */
    post: operations['createCredential'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/api/v1/zones/{zone}/credentials/{name}': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    post?: never;
    /**
     * Removes a secret
     * @description Removes a secret; runs that would start with it wait and say so.
     *
     *     **Needs the role `admin`** in the zone that the path names (`zone`).
     */
    delete: operations['deleteCredential'];
    options?: never;
    head?: never;
    /**
     * Changes a secret
     * @description Changes a secret; runs that start from now on get the new value.
     *
     *     **Needs the role `admin`** in the zone that the path names (`zone`).
     */
    patch: operations['updateCredential'];
    trace?: never;
  };
  '/api/v1/zones/{zone}/concurrency-keys': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /**
     * Lists the concurrency keys of a zone
     * @description Lists the concurrency keys of a zone: how many runs each lets through, who holds it, how many wait.
     *
     *     **Needs the role `viewer`** in the zone that the path names (`zone`).
     */
    get: operations['listConcurrencyKeys'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/api/v1/zones/{zone}/concurrency-keys/{key}': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    /**
     * Says how many runs with a key may be under way at once
     * @description Says how many runs with a key may be under way at once; one that was never set lets through one.
     *
     *     **Needs the role `operator`** in the zone that the path names (`zone`).
     */
    put: operations['setConcurrencyKey'];
    post?: never;
    /**
     * Forgets what was set for a key
     * @description Forgets what was set for a key: it lets through one run at a time again.
     *
     *     **Needs the role `operator`** in the zone that the path names (`zone`).
     */
    delete: operations['deleteConcurrencyKey'];
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/api/v1/tasks/bulk': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /**
     * Makes up to 100 tasks with one request
     * @description Makes up to 100 tasks with one request, or none of them where one has a fault. What was interrupted by a 503 is completed by the same request with the same Idempotency-Key.
     *
     *     **Needs the role `operator`** in the zone of each of the `tasks`.
     */
    post: operations['createTasks'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/api/v1/tasks': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /**
     * Lists tasks
     * @description Lists tasks, the latest first; of one zone, status, schedule or agent if so asked.
     *
     *     **Needs the role `viewer`**; what is of zones where the caller does not have it is left out.
     */
    get: operations['listTasks'];
    put?: never;
    /**
     * Makes a task
     * @description Makes a task. Once this is answered, the task is stored and will come to its end. Secrets that were made for its callbacks are in this answer and never again.
     *
     *     **Needs the role `operator`** in the zone that the body names (`zone`).
     */
    post: operations['createTask'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/api/v1/tasks/{id}': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /**
     * Tells about a task
     * @description Tells about a task.
     *
     *     **Needs the role `viewer`** in the zone of the task.
     */
    get: operations['getTask'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/api/v1/tasks/{id}/cancel': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /**
     * Asks for a task to be canceled
     * @description Asks for a task to be canceled; it is once its agents confirm, or have surely not begun.
     *
     *     **Needs the role `operator`** in the zone of the task.
     */
    post: operations['cancelTask'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/api/v1/tasks/{id}/retry': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /**
     * Makes a new task like one that has ended
     * @description Makes a new task like one that has ended, and answers it; `retryOf` of the new one names the old one.
     *
     *     **Needs the role `operator`** in the zone of the task.
     */
    post: operations['retryTask'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/api/v1/tasks/{id}/runs': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /**
     * Lists the runs of a task
     * @description Lists the runs of a task, with their attempts and steps.
     *
     *     **Needs the role `viewer`** in the zone of the task.
     */
    get: operations['listRuns'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/api/v1/tasks/{id}/deliveries': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /**
     * Lists what was and will be sent to a task's callbacks
     * @description Lists what was and will be sent to a task's callbacks, the latest first, with every try.
     *
     *     **Needs the role `viewer`** in the zone of the task.
     */
    get: operations['listTaskDeliveries'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/api/v1/tasks/{id}/deliveries/{delivery}/redeliver': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /**
     * Sends a message to a callback once more
     * @description Sends a message to a callback once more, at once.
     *
     *     **Needs the role `operator`** in the zone of the task.
     */
    post: operations['redeliverTaskDelivery'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/api/v1/runs/{id}': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /**
     * Tells about a run
     * @description Tells about a run, with its attempts and steps.
     *
     *     **Needs the role `viewer`** in the zone of the run.
     */
    get: operations['getRun'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/api/v1/runs/{id}/cancel': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /**
     * Asks for a run to be canceled
     * @description Asks for a run to be canceled; it is once its agent confirms, or has surely not begun.
     *
     *     **Needs the role `operator`** in the zone of the run.
     */
    post: operations['cancelRun'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/api/v1/runs/{id}/logs': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /**
     * What the steps of a run wrote so far
     * @description What the steps of a run wrote so far, byte by byte, both streams in the order of their arrival. With `follow=true` as server-sent events: `chunk` tells {seq, attempt, step, stream, at, text (or base64, where it is not UTF-8 by itself), cut}, its `id` is its place; `end` tells {reason, detail, status}: `finished` once the run has ended and all is sent, else why this server ends the stream. A comment with the present place is sent each 15 seconds.
     *
     *     **Needs the role `viewer`** in the zone of the run.
     */
    get: operations['readRunLogs'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/api/v1/targets/preview': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /**
     * Tells who a target would hit now
     * @description Tells who a target would hit now, and why the others of the zone would not be; changes nothing.
     *
     *     **Needs the role `viewer`** in the zone that the body names (`zone`).
     */
    post: operations['previewTarget'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/api/v1/commands': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /**
     * Lists the commands that a step can use
     * @description Lists the commands that a step can use, with what they take and put out.
     *
     *     **For everybody who is signed in.**
     */
    get: operations['listCommands'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/api/v1/schedules': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /**
     * Lists schedules
     * @description Lists schedules, of one zone or status if so asked.
     *
     *     **Needs the role `viewer`**; what is of zones where the caller does not have it is left out.
     */
    get: operations['listSchedules'];
    put?: never;
    /**
     * Makes a schedule
     * @description Makes a schedule; its task is checked as a whole first.
     *
     *     **Needs the role `operator`** in the zone that the body names (`task.zone`).
     */
    post: operations['createSchedule'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/api/v1/schedules/{id}': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /**
     * Tells about a schedule
     * @description Tells about a schedule, and when it is due next.
     *
     *     **Needs the role `viewer`** in the zone of the schedule.
     */
    get: operations['getSchedule'];
    put?: never;
    post?: never;
    /**
     * Removes a schedule and its ledger
     * @description Removes a schedule and its ledger; the tasks that it made stay.
     *
     *     **Needs the role `operator`** in the zone of the schedule.
     */
    delete: operations['deleteSchedule'];
    options?: never;
    head?: never;
    /**
     * Changes a schedule
     * @description Changes a schedule; due times that are in its ledger already stay as they are.
     *
     *     **Needs the role `operator`** in the zone of the schedule and in the zone that the body names (`task.zone`).
     */
    patch: operations['updateSchedule'];
    trace?: never;
  };
  '/api/v1/schedules/{id}/pause': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /**
     * Pauses a schedule
     * @description Pauses a schedule: nothing of it is due until it is resumed.
     *
     *     **Needs the role `operator`** in the zone of the schedule.
     */
    post: operations['pauseSchedule'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/api/v1/schedules/{id}/resume': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /**
     * Resumes a schedule
     * @description Resumes a schedule; what would have been due meanwhile counts as missed.
     *
     *     **Needs the role `operator`** in the zone of the schedule.
     */
    post: operations['resumeSchedule'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/api/v1/schedules/{id}/trigger': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /**
     * Makes a task of this schedule now
     * @description Makes a task of this schedule now, besides its due times; also while it is paused.
     *
     *     **Needs the role `operator`** in the zone of the schedule.
     */
    post: operations['triggerSchedule'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/api/v1/schedules/{id}/fires': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /**
     * Lists the ledger of due times
     * @description Lists the ledger of due times, the latest first: what became of each, and why.
     *
     *     **Needs the role `viewer`** in the zone of the schedule.
     */
    get: operations['listFires'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/api/v1/webhooks': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /**
     * Lists the subscriptions
     * @description Lists the subscriptions, of one zone if so asked.
     *
     *     **Needs the role `viewer`**; what is of zones where the caller does not have it is left out.
     */
    get: operations['listWebhooks'];
    put?: never;
    /**
     * Makes a subscription to events
     * @description Makes a subscription to events. A secret that was not given is in this answer and never again.
     *
     *     **Needs the role `operator`** in the zone that the body names (`zone`); in all zones where it names none.
     */
    post: operations['createWebhook'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/api/v1/webhooks/{id}': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /**
     * Tells about a subscription
     * @description Tells about a subscription, without its secret.
     *
     *     **Needs the role `viewer`** in the zone of the webhook.
     */
    get: operations['getWebhook'];
    put?: never;
    post?: never;
    /**
     * Removes a subscription
     * @description Removes a subscription; what it has not been sent yet is not sent any more.
     *
     *     **Needs the role `operator`** in the zone of the webhook.
     */
    delete: operations['deleteWebhook'];
    options?: never;
    head?: never;
    /**
     * Changes a subscription
     * @description Changes a subscription.
     *
     *     **Needs the role `operator`** in the zone of the webhook.
     */
    patch: operations['updateWebhook'];
    trace?: never;
  };
  '/api/v1/webhooks/{id}/deliveries': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /**
     * Lists what was and will be sent to a subscription
     * @description Lists what was and will be sent to a subscription, the latest first, with every try.
     *
     *     **Needs the role `viewer`** in the zone of the webhook.
     */
    get: operations['listWebhookDeliveries'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/api/v1/webhooks/{id}/deliveries/{delivery}/redeliver': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /**
     * Sends a message to a subscription once more
     * @description Sends a message to a subscription once more, at once.
     *
     *     **Needs the role `operator`** in the zone of the webhook.
     */
    post: operations['redeliverWebhookDelivery'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/api/v1/catalogue/sources': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /**
     * Lists where recipes come from
     * @description Lists where recipes come from.
     *
     *     **Needs the role `viewer`** in any zone.
     */
    get: operations['listSources'];
    put?: never;
    /**
     * Adds a Git repository of recipes
     * @description Adds a Git repository of recipes; it is read at once, and its `status` tells how that goes.
     *
     *     **Needs the role `admin` in all zones.**
     */
    post: operations['createSource'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/api/v1/catalogue/sources/{source}': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /**
     * Tells about a source
     * @description Tells about a source: the commit that its recipes are pinned to, and what was wrong with which file at its last sync.
     *
     *     **Needs the role `viewer`** in any zone.
     */
    get: operations['getSource'];
    put?: never;
    post?: never;
    /**
     * Removes a source and its recipes
     * @description Removes a source and its recipes, where no resource was made of them.
     *
     *     **Needs the role `admin` in all zones.**
     */
    delete: operations['deleteSource'];
    options?: never;
    head?: never;
    /**
     * Changes a source
     * @description Changes a source.
     *
     *     **Needs the role `admin` in all zones.**
     */
    patch: operations['updateSource'];
    trace?: never;
  };
  '/api/v1/catalogue/sources/{source}/sync': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /**
     * Reads a source anew
     * @description Reads a source anew; a fault of the repository is in its `statusMessage`, those of recipes in its `faults`.
     *
     *     **Needs the role `admin` in all zones.**
     */
    post: operations['syncSource'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/api/v1/catalogue/recipes': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /**
     * Lists the recipes that resources can be made of
     * @description Lists the recipes that resources can be made of; of one source or driver if so asked.
     *
     *     **Needs the role `viewer`** in any zone.
     */
    get: operations['listRecipes'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/api/v1/catalogue/recipes/{name}': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /**
     * Tells about a recipe
     * @description Tells about a recipe: its parameters as JSON Schema, its outputs, its versions. Where several sources have the name, the one that comes with Klevr is told, or `source` has to say which.
     *
     *     **Needs the role `viewer`** in any zone.
     */
    get: operations['getRecipe'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/api/v1/catalogue/lint': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /**
     * Says what is wrong with a recipe's files
     * @description Says what is wrong with a recipe's files, each with file and line; nothing of them is kept.
     *
     *     **Needs the role `operator`** in any zone.
     */
    post: operations['lintRecipe'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/api/v1/resources': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /**
     * Lists resources
     * @description Lists resources; of one zone, status or recipe if so asked.
     *
     *     **Needs the role `viewer`**; what is of zones where the caller does not have it is left out.
     */
    get: operations['listResources'];
    put?: never;
    /**
     * Makes a resource of a recipe
     * @description Makes a resource of a recipe: what shall be in a zone. Nothing is done on any host before it is applied, which `apply` does at once.
     *
     *     **Needs the role `operator`** in the zone that the body names (`zone`).
     */
    post: operations['createResource'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/api/v1/resources/{id}': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /**
     * Tells about a resource
     * @description Tells about a resource: what it shall be, what was seen of it, how the two differ, and whether it is healthy.
     *
     *     **Needs the role `viewer`** in the zone of the resource.
     */
    get: operations['getResource'];
    put?: never;
    post?: never;
    /**
     * Removes the record of a resource of which nothing is left
     * @description Removes the record of a resource of which nothing is left: one that was never applied, or was destroyed.
     *
     *     **Needs the role `operator`** in the zone of the resource.
     */
    delete: operations['deleteResource'];
    options?: never;
    head?: never;
    /**
     * Changes what a resource shall be
     * @description Changes what a resource shall be; nothing is done on any host before it is applied.
     *
     *     **Needs the role `operator`** in the zone of the resource.
     */
    patch: operations['updateResource'];
    trace?: never;
  };
  '/api/v1/resources/{id}/plan': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /**
     * Works out what an apply would change
     * @description Works out what an apply would change; nothing is changed. The `plan` is in the operation when it has ended.
     *
     *     **Needs the role `operator`** in the zone of the resource.
     */
    post: operations['planResource'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/api/v1/resources/{id}/apply': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /**
     * Makes of a resource what it shall be
     * @description Makes of a resource what it shall be. Where that is so already, nothing is changed; one that failed goes on where it stood.
     *
     *     **Needs the role `operator`** in the zone of the resource.
     */
    post: operations['applyResource'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/api/v1/resources/{id}/destroy': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /**
     * Takes a resource away
     * @description Takes a resource away; what holds data stays unless `deleteData` says otherwise.
     *
     *     **Needs the role `operator`** in the zone of the resource.
     */
    post: operations['destroyResource'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/api/v1/resources/{id}/rollback': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /**
     * Goes back to an earlier revision
     * @description Goes back to an earlier revision, the one applied last if none is named, and applies it.
     *
     *     **Needs the role `operator`** in the zone of the resource.
     */
    post: operations['rollbackResource'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/api/v1/resources/{id}/refresh': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /**
     * Looks at the engine now
     * @description Looks at the engine now: what is there of a resource, and whether it has drifted.
     *
     *     **Needs the role `operator`** in the zone of the resource.
     */
    post: operations['refreshResource'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/api/v1/resources/{id}/operations': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /**
     * Lists what was done with a resource
     * @description Lists what was done with a resource, the latest first.
     *
     *     **Needs the role `viewer`** in the zone of the resource.
     */
    get: operations['listOperations'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/api/v1/resources/{id}/revisions': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /**
     * Lists what a resource was to be
     * @description Lists what a resource was to be, the latest first: recipe and parameters, who said so and when it was applied.
     *
     *     **Needs the role `viewer`** in the zone of the resource.
     */
    get: operations['listRevisions'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/api/v1/operations/{id}': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /**
     * Tells about an operation
     * @description Tells about an operation: its plan, what became of each change, and why it waits or how it ended.
     *
     *     **Needs the role `viewer`** in the zone of the operation.
     */
    get: operations['getOperation'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/api/v1/operations/{id}/cancel': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /**
     * Asks for an operation to be canceled
     * @description Asks for an operation to be canceled; the change that is under way is finished first, and what was done stays.
     *
     *     **Needs the role `operator`** in the zone of the operation.
     */
    post: operations['cancelOperation'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/api/v1/events': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /**
     * Follows what happens
     * @description Follows what happens, as server-sent events: `event` is the type, `data` the Event (a schema below) as JSON, `id` its place. `gap` tells which ids can no longer be had; `end` says why this server ends the stream. A comment with the present place is sent each 15 seconds.
     *
     *     **Needs the role `viewer`**; what is of zones where the caller does not have it is left out.
     */
    get: operations['followEvents'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/api/v1/prometheus/targets': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /**
     * HTTP service discovery for Prometheus
     * @description HTTP service discovery for Prometheus: the beacons of all agents, or of one zone's.
     *
     *     **Needs the role `viewer`**; what is of zones where the caller does not have it is left out.
     */
    get: operations['listScrapeTargets'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/api/v1/sessions': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /**
     * Lists the open sessions of the caller
     * @description Lists the open sessions of the caller; for admins of all zones also those of another user.
     *
     *     **For everybody who is signed in.**
     */
    get: operations['listSessions'];
    put?: never;
    /**
     * Signs in
     * @description Signs in. The token is in this answer and never again.
     *
     *     **Needs no session.**
     */
    post: operations['createSession'];
    /**
     * Ends all other sessions of the caller
     * @description Ends all other sessions of the caller.
     *
     *     **For everybody who is signed in.** An API token may not: it needs a session.
     */
    delete: operations['endOtherSessions'];
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/api/v1/sessions/current/renew': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /**
     * Gives the session another token
     * @description Gives the session another token, which is in this answer and never again. The old one is good for 30 s more; whoever uses it after that ends the session.
     *
     *     **For everybody who is signed in.** An API token may not: it needs a session.
     */
    post: operations['renewSession'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/api/v1/sessions/current': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    post?: never;
    /**
     * Signs out
     * @description Signs out: at once, at every replica.
     *
     *     **For everybody who is signed in.** An API token may not: it needs a session.
     */
    delete: operations['signOut'];
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/api/v1/sessions/{id}': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    post?: never;
    /**
     * Ends a session of the caller
     * @description Ends a session of the caller; for admins of all zones also that of another user.
     *
     *     **For everybody who is signed in.** An API token may not: it needs a session.
     */
    delete: operations['endSession'];
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/api/v1/users/me': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /**
     * Who the session or API token belongs to
     * @description Who the session or API token belongs to.
     *
     *     **For everybody who is signed in.**
     */
    get: operations['getOwnAccount'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    /**
     * Changes what people say of themselves
     * @description Changes what people say of themselves.
     *
     *     **For everybody who is signed in.** An API token may not: it needs a session.
     */
    patch: operations['updateOwnAccount'];
    trace?: never;
  };
  '/api/v1/users/me/password': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /**
     * Changes the own password
     * @description Changes the own password, and ends all other sessions of the user.
     *
     *     **For everybody who is signed in.** An API token may not: it needs a session.
     */
    post: operations['changePassword'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/api/v1/users': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /**
     * Lists the users
     * @description Lists the users.
     *
     *     **Needs the role `admin` in all zones.**
     */
    get: operations['listUsers'];
    put?: never;
    /**
     * Makes a user
     * @description Makes a user: with a password, with a generated one (in this answer and never again), or for signing in elsewhere.
     *
     *     **Needs the role `admin` in all zones.** An API token may not: it needs a session.
     */
    post: operations['createUser'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/api/v1/users/{id}': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /**
     * Tells about a user
     * @description Tells about a user.
     *
     *     **Needs the role `admin` in all zones.**
     */
    get: operations['getUser'];
    put?: never;
    post?: never;
    /**
     * Removes a user with their sessions and API tokens
     * @description Removes a user with their sessions and API tokens.
     *
     *     **Needs the role `admin` in all zones.** An API token may not: it needs a session.
     */
    delete: operations['deleteUser'];
    options?: never;
    head?: never;
    /**
     * Changes a user
     * @description Changes a user; what they may do from then on holds at once, for open sessions and API tokens too.
     *
     *     **Needs the role `admin` in all zones.** An API token may not: it needs a session.
     */
    patch: operations['updateUser'];
    trace?: never;
  };
  '/api/v1/users/{id}/password': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /**
     * Gives a user another password
     * @description Gives a user another password, and ends all of their sessions. A generated one is in this answer and never again.
     *
     *     **Needs the role `admin` in all zones.** An API token may not: it needs a session.
     */
    post: operations['resetPassword'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/api/v1/invitations': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /**
     * Lists the invitations of the caller
     * @description Lists the invitations of the caller; for admins of all zones those of everybody.
     *
     *     **For everybody who is signed in.**
     */
    get: operations['listInvitations'];
    put?: never;
    /**
     * Invites somebody
     * @description Invites somebody: for admins of whatever is given, be it one zone. The token is in this answer and never again.
     *
     *     **For everybody who is signed in.** An API token may not: it needs a session.
     */
    post: operations['createInvitation'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/api/v1/invitations/{id}': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    post?: never;
    /**
     * Revokes an invitation
     * @description Revokes an invitation; whoever came in by it stays.
     *
     *     **For everybody who is signed in.** An API token may not: it needs a session.
     */
    delete: operations['revokeInvitation'];
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/api/v1/sign-up': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /**
     * Makes an account by an invitation
     * @description Makes an account by an invitation, or for anybody where that is configured, and signs in.
     *
     *     **Needs no session.**
     */
    post: operations['signUp'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/api/v1/tokens': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /**
     * Lists the API tokens of the caller
     * @description Lists the API tokens of the caller, the latest first; for admins of all zones also those of another user, or all.
     *
     *     **For everybody who is signed in.**
     */
    get: operations['listApiTokens'];
    put?: never;
    /**
     * Makes an API token with some of the rights of the caller
     * @description Makes an API token with some of the rights of the caller. The token is in this answer and never again. It needs a session: a token makes no tokens.
     *
     *     **For everybody who is signed in.** An API token may not: it needs a session.
     */
    post: operations['createApiToken'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/api/v1/tokens/{id}': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /**
     * Tells about an API token of the caller
     * @description Tells about an API token of the caller; for admins of all zones also about that of another user.
     *
     *     **For everybody who is signed in.**
     */
    get: operations['getApiToken'];
    put?: never;
    post?: never;
    /**
     * Revokes an API token
     * @description Revokes an API token: at once, at every replica. For admins of all zones also that of another user.
     *
     *     **For everybody who is signed in.** An API token may not: it needs a session.
     */
    delete: operations['revokeApiToken'];
    options?: never;
    head?: never;
    /**
     * Renames an API token
     * @description Renames an API token. What it may do stays: for anything else make another one.
     *
     *     **For everybody who is signed in.** An API token may not: it needs a session.
     */
    patch: operations['updateApiToken'];
    trace?: never;
  };
  '/api/v1/sessions/oidc': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /**
     * Tells whether people can sign in with an OpenID Connect provider
     * @description Tells whether people can sign in with an OpenID Connect provider.
     *
     *     **Needs no session.**
     */
    get: operations['offerOidc'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/api/v1/sessions/oidc/start': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /**
     * Begins a sign-in with the provider
     * @description Begins a sign-in with the provider; it has to be finished within ten minutes.
     *
     *     **Needs no session.**
     */
    post: operations['startOidc'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/api/v1/sessions/oidc/finish': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /**
     * Ends the sign-in with what the provider gave
     * @description Ends the sign-in with what the provider gave. The token is in this answer and never again.
     *
     *     **Needs no session.**
     */
    post: operations['finishOidc'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/api/v1/users/{id}/identities': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /**
     * Lists the identities at OpenID Connect providers with which a user signs in
     * @description Lists the identities at OpenID Connect providers with which a user signs in.
     *
     *     **Needs the role `admin` in all zones.**
     */
    get: operations['listIdentities'];
    /**
     * Links a user with a subject of the configured provider
     * @description Links a user with a subject of the configured provider.
     *
     *     **Needs the role `admin` in all zones.** An API token may not: it needs a session.
     */
    put: operations['linkIdentity'];
    post?: never;
    /**
     * Takes an identity from a user
     * @description Takes an identity from a user, and ends all of their sessions.
     *
     *     **Needs the role `admin` in all zones.** An API token may not: it needs a session.
     */
    delete: operations['unlinkIdentity'];
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/api/v1/audit': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /**
     * Tells who changed what
     * @description Tells who changed what, or tried to, the latest first; of the zones where the caller is an admin.
     *
     *     **Needs the role `admin`**; what is of zones where the caller does not have it is left out.
     */
    get: operations['listAudit'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/api/v1/audit/export': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /**
     * The chain in its order as lines of JSON
     * @description The chain in its order as lines of JSON: where it begins, the entries, the signed head. Without filters it can be verified offline.
     *
     *     **Needs the role `admin`**; what is of zones where the caller does not have it is left out.
     */
    get: operations['exportAudit'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/api/v1/audit/head': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /**
     * How far the chain has got
     * @description How far the chain has got, signed; keep it elsewhere, and a tail that was cut off will be noticed.
     *
     *     **Needs the role `viewer` in all zones.**
     */
    get: operations['getAuditHead'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/api/v1/audit/keys': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /**
     * The public halves of the keys that sign heads
     * @description The public halves of the keys that sign heads, the current one first.
     *
     *     **For everybody who is signed in.**
     */
    get: operations['getAuditKeys'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
}
export type webhooks = Record<string, never>;
export interface components {
  schemas: {
    Agent: {
      id: string;
      zoneId: string;
      zoneName: string;
      kind: components['schemas']['AgentKind'];
      /** @enum {string} */
      status: 'pending' | 'online' | 'suspect' | 'lost' | 'suspended' | 'drained' | 'left';
      statusCause: string;
      /** Format: date-time */
      statusSince: string;
      labels: {
        [key: string]: string;
      };
      version: string;
      session: string | null;
      beaconUrl: string | null;
      facts: components['schemas']['HostFacts'];
      capabilities: {
        [key: string]: string;
      };
      isPrimary: boolean;
      /** @description gets no new work; stays so through restarts, until undrained */
      drained: boolean;
      /** @description grows with every change by an operator; what If-Match compares */
      revision: number;
      lastSeenAt: string | null;
      /** Format: date-time */
      createdAt: string;
    };
    AgentCredentials: {
      userJwt: string;
      /** Format: date-time */
      userJwtExpiresAt: string;
      natsUrls: string[];
      /** @description for an agent that was away for so long that it knows none of them any more */
      taskKeys?: {
        keys: {
          [key: string]: unknown;
        }[];
        /** @description a higher one takes the place of a lower one */
        generation?: number;
      };
    };
    /** @enum {string} */
    AgentKind: 'agent' | 'worker';
    ApiToken: {
      id: string;
      name: string;
      /** @description how the token begins */
      prefix: string;
      /** @description whose it is; it never gives more than this user has */
      userId: string;
      username: string;
      /** @enum {string} */
      role: 'viewer' | 'operator' | 'admin';
      /** @description null: all zones */
      zones: string[] | null;
      /** Format: date-time */
      createdAt: string;
      /** @description null: never; one that has ended is told for 30 days more */
      expiresAt: string | null;
      /** @description to the minute */
      lastUsedAt: string | null;
      revision: number;
    };
    ApplyResource: {
      /** @description a plan that was made: applied only if it would be the same now */
      plan?: string;
    };
    AskCredentials: {
      atMs: number;
      signature: string;
      /** @default 0 */
      waitSeconds?: number;
    };
    Attempt: {
      number: number;
      agentId: string;
      session: string;
      epoch: number;
      /** Format: date-time */
      sentAt: string;
      acceptedAt: string | null;
      startedAt: string | null;
      finishedAt: string | null;
      outcome:
        | (
            | 'scheduled'
            | 'queued'
            | 'dispatched'
            | 'running'
            | 'recovering'
            | 'succeeded'
            | 'failed'
            | 'recovery_failed'
            | 'canceled'
            | 'timed_out'
            | 'lost'
          )
        | null;
      /** @description why it ended, where another attempt followed */
      reason: components['schemas']['Reason'] | null;
      /** @description the step it began with; not 0 where it went on with the work of an earlier one */
      firstStep: number;
    };
    AuditPublicKeys: {
      keys: {
        /** @constant */
        kty: 'OKP';
        /** @constant */
        crv: 'Ed25519';
        x: string;
        kid: string;
      }[];
    };
    AuditRecord: {
      /** @description without gaps, from 1 */
      seq: number;
      /** @description SHA-256 over the hash of the entry before, this entry, and its change */
      hash: string;
      id: string;
      /** Format: date-time */
      at: string;
      userId: string | null;
      /** @description of a refused sign-in: the name that was tried */
      username: string | null;
      /** @enum {string} */
      callerKind: 'session' | 'apiToken' | 'agent' | 'none' | 'system';
      /** @description of the session, the API token or the agent */
      callerId: string | null;
      address: string;
      userAgent: string | null;
      /** @description method and route */
      action: string;
      /** @description the path as it was asked for */
      target: string;
      thingKind: string | null;
      thingId: string | null;
      zoneId: string | null;
      /** @enum {string} */
      outcome: 'granted' | 'refused' | 'failed';
      status: number;
      code:
        | (
            | 'BAD_REQUEST'
            | 'UNAUTHENTICATED'
            | 'BAD_CREDENTIALS'
            | 'JOIN_TOKEN_REFUSED'
            | 'SIGN_IN_REFUSED'
            | 'INVITATION_REFUSED'
            | 'FORBIDDEN'
            | 'NOT_FOUND'
            | 'METHOD_NOT_ALLOWED'
            | 'CONFLICT'
            | 'WRONG_STATE'
            | 'NOT_APPROVED'
            | 'CLONE_REFUSED'
            | 'AGENT_REMOVED'
            | 'PRECONDITION_FAILED'
            | 'IDEMPOTENCY_MISMATCH'
            | 'SECRET_SHOWN_ONCE'
            | 'TOO_LARGE'
            | 'UNSUPPORTED_MEDIA_TYPE'
            | 'NO_TARGET'
            | 'RATE_LIMITED'
            | 'INTERNAL'
            | 'UNAVAILABLE'
            | 'STALE_EPOCH'
            | 'WRONG_SESSION'
            | 'WRONG_AGENT'
            | 'EXPIRED'
            | 'BAD_SIGNATURE'
            | 'CANCELED'
            | 'SPOOL_FULL'
            | 'FACT_REFUSED'
          )
        | null;
      traceId: string;
      /** @description `before` and `after` (of a change only what differs), `asked`; secrets are masked, what is too long is told by its SHA-256 */
      change: {
        [key: string]: unknown;
      } | null;
    };
    Batch: {
      /** @description so many hosts at a time */
      size?: number;
      /** @description such a part of all hosts at a time, at least one */
      percent?: number;
      /**
       * @description between the end of one batch and the beginning of the next
       * @default 0
       */
      pauseSeconds: number;
      /**
       * @description no further batch begins once so many runs have not succeeded
       * @default 1
       */
      stopAfterFailures: number;
      /**
       * @description no further batch begins once so many touched hosts are lost
       * @default 1
       */
      stopAfterLost: number;
      /** @description no further batch begins once the load a processor of a touched host, averaged over a minute, is above this */
      stopAboveCpuLoad?: number;
    } & (unknown | unknown);
    BatchInput: {
      /** @description so many hosts at a time */
      size?: number;
      /** @description such a part of all hosts at a time, at least one */
      percent?: number;
      /**
       * @description between the end of one batch and the beginning of the next
       * @default 0
       */
      pauseSeconds?: number;
      /**
       * @description no further batch begins once so many runs have not succeeded
       * @default 1
       */
      stopAfterFailures?: number;
      /**
       * @description no further batch begins once so many touched hosts are lost
       * @default 1
       */
      stopAfterLost?: number;
      /** @description no further batch begins once the load a processor of a touched host, averaged over a minute, is above this */
      stopAboveCpuLoad?: number;
    } & (unknown | unknown);
    Callback: {
      /** Format: uri */
      url: string;
      /**
       * @default [
       *       "conclusion"
       *     ]
       */
      on: ('all' | 'conclusion' | 'both-ends' | 'success' | 'failure' | 'changed-result' | 'each-step')[];
      secret?: string;
    };
    CallbackInput: {
      /** Format: uri */
      url: string;
      /**
       * @default [
       *       "conclusion"
       *     ]
       */
      on?: ('all' | 'conclusion' | 'both-ends' | 'success' | 'failure' | 'changed-result' | 'each-step')[];
      secret?: string;
    };
    ChangePassword: {
      currentPassword: string;
      /** @description at least 12 characters, at most 1,024, and not easy to guess */
      newPassword: string;
    };
    CheckedHealth: {
      name: string;
      /** @enum {string} */
      state: 'none' | 'starting' | 'healthy' | 'unhealthy' | 'unknown';
      message: string;
      /** Format: date-time */
      since: string;
    };
    ConcurrencyKey: {
      key: string;
      zoneId: string;
      capacity: number;
      /** @description the runs that hold it now, at most 100 */
      holders: {
        runId: string;
        taskId: string;
      }[];
      held: number;
      waiting: number;
    };
    CreateApiToken: {
      /** @description what it is for */
      name: string;
      /**
       * @description at most what the caller has in these zones
       * @enum {string}
       */
      role: 'viewer' | 'operator' | 'admin';
      /**
       * @description ids or names; null is all zones, and what belongs to none
       * @default null
       */
      zones?: string[] | null;
      /** @description 90 days, where no end is given */
      expiresInSeconds?: number;
      /** @description in place of `expiresInSeconds`: within 366 days; null for one that never ends, which only admins of all zones can make */
      expiresAt?: string | null;
    };
    CreateCredential: {
      /** @description name of a secret of the zone */
      name: string;
      /** @description goes in, never out */
      value: string;
      /** @default  */
      description?: string;
    };
    CreateInvitation: {
      /** @description the only name that can be taken; the invited person chooses where it is absent */
      username?: string;
      /**
       * @description what the invited person may do; nothing that the caller could not give
       * @default []
       */
      grants?: components['schemas']['GrantGiven'][];
      /** @default 604800 */
      ttlSeconds?: number;
    };
    CreateJoinToken: {
      /** @default 3600 */
      ttlSeconds?: number;
      /** @default 1 */
      maxUses?: number;
      /** @default {} */
      labels?: {
        [key: string]: string;
      };
      /** @default agent */
      kind?: components['schemas']['AgentKind'];
      /**
       * @description agents that join by it wait as pending until an operator approves them
       * @default false
       */
      approval?: boolean;
      /**
       * @description a host whose machine id is that of an agent of this zone that is not online takes over its identity and history
       * @default false
       */
      rejoin?: boolean;
    };
    CreateResource: {
      name: string;
      /** @description id or name of a zone */
      zone: string;
      recipe: {
        /** @default klevr */
        source?: string;
        name: string;
        /** @description the newest if not given */
        version?: string;
      };
      /** @default {} */
      parameters?: {
        [key: string]: unknown;
      };
      /** @default false */
      selfHeal?: boolean;
      /**
       * @description id of the engine that shall have it, as workers tell it; any that fits if null
       * @default null
       */
      engine?: string | null;
      /**
       * @description at once
       * @default false
       */
      apply?: boolean;
    };
    CreateSchedule: {
      name: string;
      task: components['schemas']['TaskTemplateInput'];
      /** @description five fields (minute, hour, day of month, month, day of week) or six (second first) */
      cron?: string;
      /**
       * Format: date-time
       * @description the one time
       */
      at?: string;
      /**
       * @description IANA name, such as Asia/Seoul
       * @default UTC
       */
      timeZone?: string;
      /**
       * @description nothing is due before
       * @default null
       */
      start?: string | null;
      /**
       * @description nothing is due after
       * @default null
       */
      until?: string | null;
      /**
       * @description what becomes of due times that passed while no scheduler was there: none is made up for, the last one, or each within `misfireLimit`
       * @default runOnce
       * @enum {string}
       */
      misfire?: 'skip' | 'runOnce' | 'runAll';
      /**
       * @description with `runAll`: so many of the last missed ones
       * @default 10
       */
      misfireLimit?: number;
      /**
       * @description a due time that is later than this counts as missed
       * @default 60
       */
      misfireAfterSeconds?: number;
      /**
       * @description when the task of the due time before is still open: leave this one out, let it wait, or cancel that one
       * @default skip
       * @enum {string}
       */
      overlap?: 'skip' | 'queue' | 'cancelPrevious';
      /**
       * @description each task gets the output of the one before as TASK_RESULT and KLEVR_PREVIOUS of its first step
       * @default false
       */
      feedResult?: boolean;
      /**
       * @description a first task is made right now, besides the due times
       * @default false
       */
      runAtOnce?: boolean;
      /** @default false */
      paused?: boolean;
    } & (unknown | unknown);
    CreateSession: {
      username: string;
      password: string;
    };
    CreateSource: {
      name: string;
      url: string;
      ref: components['schemas']['SourceRef'];
      /**
       * @description recipes lie in its sub-folders; the root if empty
       * @default
       */
      folder?: string;
      /**
       * @description null: on demand only
       * @default 900
       */
      syncEverySeconds?: number | null;
      /**
       * @description only a tag that one of `trustedSigners` signed is taken; `ref` must be a tag
       * @default false
       */
      signedTagsOnly?: boolean;
      /**
       * @description lines of an OpenSSH allowed-signers file
       * @default []
       */
      trustedSigners?: string[];
      /** @description goes in, never out */
      auth?:
        | {
            username: string;
            password: string;
          }
        | {
            sshKey: string;
            knownHosts: string;
          };
    };
    CreateTask: {
      name: string;
      /** @description id or name of a zone */
      zone: string;
      target: components['schemas']['TargetInput'];
      steps: components['schemas']['StepInput'][];
      /** @default [] */
      recovery?: components['schemas']['StepInput'][];
      /** @default {} */
      parameters?: {
        [key: string]: unknown;
      };
      /**
       * @description of the steps of one run together, and of its recovery anew; null: no limit, for work that may go on for weeks
       * @default 3600
       */
      timeoutSeconds?: number | null;
      /**
       * Format: date-time
       * @description what has not started by then does not start any more, what runs is ended
       */
      deadline?: string;
      /**
       * @description `atMostOnce` if not given, `atLeastOnce` for a resumable task
       * @enum {string}
       */
      execution?: 'atMostOnce' | 'atLeastOnce';
      /** @description of `atLeastOnce` */
      retryPolicy?: components['schemas']['RetryPolicyInput'];
      /**
       * @description a further attempt begins with the first step that is not known to have succeeded, maybe on another agent
       * @default false
       */
      resumable?: boolean;
      /**
       * @description higher ones are sent first
       * @default 0
       */
      priority?: number;
      /** @description of the runs with this key in the zone only so many are under way at once as its capacity says */
      concurrencyKey?: string;
      /** @description runs of older tasks with the same key that wait for the same agent are canceled */
      supersedes?: string;
      /**
       * @description secrets of the zone that the steps get
       * @default []
       */
      credentials?: components['schemas']['CredentialUseInput'][];
      /** @description between SIGTERM and SIGKILL where a step has to be ended; 5 if not given */
      killGraceSeconds?: number;
      /** @description of what a run writes; 10 MiB if not given. What is beyond is dropped, and marked */
      maxLogBytes?: number;
      /** @description the task waits until then; recurring ones are made with `POST /schedules` */
      schedule?: {
        /** Format: date-time */
        at: string;
      };
      /** @default [] */
      callbacks?: components['schemas']['CallbackInput'][];
    };
    CreateTasks: {
      tasks: components['schemas']['CreateTask'][];
    };
    CreateUser: {
      username: string;
      /** @default null */
      displayName?: string | null;
      /** @default [] */
      grants?: components['schemas']['GrantGiven'][];
      /** @description at least 12 characters, at most 1,024, and not easy to guess */
      password?: string;
      /**
       * @description makes one, which this answer shows and nothing else ever; it has to be changed at once
       * @default false
       */
      generatePassword?: boolean;
      /**
       * @description whether it has to be changed before anything else; a generated one has to be
       * @default false
       */
      mustChangePassword?: boolean;
    };
    CreateWebhook:
      | {
          /** Format: uri */
          url: string;
          /**
           * @description only what happens in this zone; null means all zones
           * @default null
           */
          zone?: string | null;
          /**
           * @description what of every task is told, as with the callbacks of a task
           * @default []
           */
          on?: ('all' | 'conclusion' | 'both-ends' | 'success' | 'failure' | 'changed-result' | 'each-step')[];
          /**
           * @description which events are told, as `GET /events` has them
           * @default []
           */
          events?: string[];
          /** @default  */
          description?: string;
          secret?: string;
        }
      | {
          on: unknown;
        }
      | {
          events: unknown;
        };
    CreateZone: {
      name: string;
      /**
       * @default bare-metal
       * @enum {string}
       */
      platform?: 'bare-metal' | 'vm' | 'laptop' | 'private-cloud' | 'aws' | 'gcp' | 'azure' | 'kubernetes';
      /**
       * @default dev
       * @enum {string}
       */
      environment?: 'dev' | 'test' | 'prod';
      /** @default {} */
      labels?: {
        [key: string]: string;
      };
      /** @default {} */
      settings?: {
        /** @default 10 */
        heartbeatSeconds?: number;
        /** @default 60 */
        lostAfterSeconds?: number;
        /** @default 256 */
        maxConcurrentRuns?: number;
        /** @default 64 */
        maxConcurrentRunsPerAgent?: number;
        /** @default 10 */
        headlessAlarmSeconds?: number;
      };
    };
    CreatedApiToken: {
      id: string;
      name: string;
      /** @description how the token begins */
      prefix: string;
      /** @description whose it is; it never gives more than this user has */
      userId: string;
      username: string;
      /** @enum {string} */
      role: 'viewer' | 'operator' | 'admin';
      /** @description null: all zones */
      zones: string[] | null;
      /** Format: date-time */
      createdAt: string;
      /** @description null: never; one that has ended is told for 30 days more */
      expiresAt: string | null;
      /** @description to the minute */
      lastUsedAt: string | null;
      revision: number;
      /** @description shown in this answer and never again */
      token: string;
    };
    CreatedInvitation: {
      id: string;
      username: string | null;
      grants: components['schemas']['Grant'][];
      createdBy: string;
      /** Format: date-time */
      createdAt: string;
      /** Format: date-time */
      expiresAt: string;
      usedAt: string | null;
      /** @description who came in by it */
      userId: string | null;
      /** @description shown in this answer and never again */
      token: string;
    };
    CreatedJoinToken: {
      id: string;
      zoneId: string;
      /** Format: date-time */
      expiresAt: string;
      maxUses: number;
      uses: number;
      labels: {
        [key: string]: string;
      };
      kind: components['schemas']['AgentKind'];
      approval: boolean;
      rejoin: boolean;
      /** Format: date-time */
      createdAt: string;
      revokedAt: string | null;
      token: string;
      /** @description to be pasted into a shell of the host: installs the agent or worker and starts it */
      command: string;
    };
    CreatedSession: {
      id: string;
      /** @description shown in this answer and never again */
      token: string;
      /**
       * Format: date-time
       * @description when the token ends, unless the session is renewed before
       */
      expiresAt: string;
      /**
       * Format: date-time
       * @description when the session ends, however often it is renewed
       */
      endsAt: string;
      user: components['schemas']['User'];
    };
    CreatedTask: {
      id: string;
      name: string;
      zoneId: string;
      /** @enum {string} */
      status:
        | 'scheduled'
        | 'queued'
        | 'dispatched'
        | 'running'
        | 'recovering'
        | 'succeeded'
        | 'failed'
        | 'recovery_failed'
        | 'canceled'
        | 'timed_out'
        | 'lost';
      callbacks: {
        id: string;
        url: string;
        on: ('all' | 'conclusion' | 'both-ends' | 'success' | 'failure' | 'changed-result' | 'each-step')[];
        secret?: string;
      }[];
      /** Format: date-time */
      createdAt: string;
    };
    CreatedUser: {
      id: string;
      username: string;
      displayName: string | null;
      /** @description the highest role in any zone; null for somebody without any */
      role: ('viewer' | 'operator' | 'admin') | null;
      grants: components['schemas']['Grant'][];
      disabled: boolean;
      /** @description until the password is changed, nothing else goes */
      mustChangePassword: boolean;
      /** @description false for somebody who signs in elsewhere only */
      hasPassword: boolean;
      /** Format: date-time */
      createdAt: string;
      lastSignInAt: string | null;
      revision: number;
      /** @description the generated one, never shown again; null where none was generated */
      password: string | null;
    };
    Credential: {
      /** @description name of a secret of the zone */
      name: string;
      zoneId: string;
      description: string;
      createdBy: string;
      /** Format: date-time */
      createdAt: string;
      /**
       * Format: date-time
       * @description when its value was set last
       */
      updatedAt: string;
      /** @description when a run was last sent with it */
      lastUsedAt: string | null;
    };
    CredentialUse:
      | string
      | {
          /** @description name of a secret of the zone */
          name: string;
          /**
           * @default environment
           * @enum {string}
           */
          as: 'environment' | 'file';
          /** @description the variable with the value, or with the path of the file; the name of the secret if not given */
          variable?: string;
        };
    CredentialUseInput:
      | string
      | {
          /** @description name of a secret of the zone */
          name: string;
          /**
           * @default environment
           * @enum {string}
           */
          as?: 'environment' | 'file';
          /** @description the variable with the value, or with the path of the file; the name of the secret if not given */
          variable?: string;
        };
    Delivery: {
      /** @description also its webhook-id, which stays the same over all tries */
      id: string;
      callbackId: string | null;
      webhookId: string | null;
      taskId: string | null;
      agentId: string | null;
      url: string;
      /** @description `type` of the body */
      type: string;
      /** @enum {string} */
      state: 'due' | 'delivered' | 'failed';
      attempts: number;
      /** @description of the next try; null where there is none, or one before it in the same order must end first */
      nextAt: string | null;
      /** @description the last 20 */
      tries: {
        /** Format: date-time */
        at: string;
        status: number | null;
        error: string | null;
        durationMs: number;
      }[];
      /** Format: date-time */
      createdAt: string;
      endedAt: string | null;
    };
    DestroyResource: {
      /**
       * @description data volumes too
       * @default false
       */
      deleteData?: boolean;
    };
    Enroll: {
      joinToken: string;
      publicKey: string;
      host: components['schemas']['HostFactsInput'];
      version: string;
    };
    Enrolled: {
      agentId: string;
      zoneId: string;
      zoneName: string;
      /** @description what the join token is for; an agent if not given */
      kind?: components['schemas']['AgentKind'];
      natsUrls: string[];
      userJwt: string | null;
      userJwtExpiresAt: string | null;
      /** @description JSON Web Key Set of the keys that sign tasks */
      taskKeys: {
        keys: {
          [key: string]: unknown;
        }[];
        /** @description a higher one takes the place of a lower one */
        generation?: number;
      };
      settings: {
        heartbeatSeconds: number;
      };
    };
    Event: {
      id: string;
      /** Format: date-time */
      time: string;
      /** @enum {string} */
      type:
        | 'host.joined'
        | 'host.online'
        | 'host.suspect'
        | 'host.lost'
        | 'host.left'
        | 'host.suspended'
        | 'host.rebooted'
        | 'host.networkChanged'
        | 'host.factsChanged'
        | 'host.approved'
        | 'host.drained'
        | 'host.undrained'
        | 'host.changed'
        | 'host.removed'
        | 'host.cloneRefused'
        | 'host.violation'
        | 'host.incidentOpened'
        | 'host.incidentClosed'
        | 'host.zoneCreated'
        | 'host.zoneChanged'
        | 'host.zoneDeleted'
        | 'primary.appointed'
        | 'primary.ready'
        | 'primary.ended'
        | 'primary.absent'
        | 'task.created'
        | 'task.status'
        | 'run.status'
        | 'run.step'
        | 'schedule.created'
        | 'schedule.changed'
        | 'schedule.deleted'
        | 'schedule.fired'
        | 'schedule.missed'
        | 'schedule.skipped'
        | 'resource.created'
        | 'resource.changed'
        | 'resource.status'
        | 'resource.drifted'
        | 'resource.healed'
        | 'resource.health'
        | 'resource.operation'
        | 'resource.deleted';
      zoneId: string;
      /** @description id of the agent, zone, incident, task, run, schedule or resource it is about */
      subjectId: string;
      data: {
        [key: string]: unknown;
      };
    };
    EventGap: {
      from: number;
      to: number;
      /**
       * @description they are no longer kept, or the stream they were in is no more
       * @enum {string}
       */
      reason: 'expired' | 'replaced';
    };
    FinishOidc: {
      flow: string;
      /** @description as the provider gave it to the redirect address */
      code: string;
      state: string;
      /** @description if the provider gave one */
      iss?: string;
    };
    Fire: {
      id: string;
      scheduleId: string;
      /** Format: date-time */
      dueAt: string;
      /** @enum {string} */
      trigger: 'schedule' | 'atOnce' | 'manual';
      /**
       * @description `skipped`: the task before was still open; `failed`: its task was refused for good
       * @enum {string}
       */
      state: 'due' | 'fired' | 'missed' | 'skipped' | 'failed';
      reason: string | null;
      firedAt: string | null;
      taskId: string | null;
    };
    Grant: {
      /** @enum {string} */
      role: 'viewer' | 'operator' | 'admin';
      zones: string[] | null;
    };
    GrantGiven: {
      /** @enum {string} */
      role: 'viewer' | 'operator' | 'admin';
      /** @description by name or id; null for all zones there are and will be, and what belongs to none */
      zones: string[] | null;
    };
    /** @default {} */
    HandOver: {
      agentId?: string;
    };
    Headless: {
      since: string | null;
      /** @enum {string} */
      reason: 'noAgents' | 'nobodyOnline' | 'nobodyMayLead' | 'electing';
      detail: string;
    };
    HostFacts: {
      user: string;
      /** @description container, vm or physical, as far as it can be told */
      type: string;
      hostname: string;
      addresses: string[];
      /** @description linux, darwin, … */
      os: string;
      distribution?: string;
      kernel: string;
      architecture: string;
      machineId?: string;
      bootId: string;
      uptimeSeconds: number;
      cpu: {
        count: number;
        model: string;
      };
      memory: {
        totalBytes: number;
      };
      disks: {
        mount: string;
        totalBytes: number;
        freeBytes: number;
      }[];
      /** @description tool name → version */
      capabilities: {
        [key: string]: string;
      };
      /** @description kvm, vmware, docker, …; none on bare metal */
      virtualization?: string;
      cloud?: {
        /** @enum {string} */
        provider: 'aws' | 'gcp' | 'azure' | 'openstack' | 'digitalocean' | 'hetzner' | 'other';
        region?: string;
        zone?: string;
        instanceId?: string;
        instanceType?: string;
      };
    };
    HostFactsInput: {
      user: string;
      /** @description container, vm or physical, as far as it can be told */
      type: string;
      hostname: string;
      addresses: string[];
      /** @description linux, darwin, … */
      os: string;
      distribution?: string;
      kernel: string;
      architecture: string;
      machineId?: string;
      bootId: string;
      uptimeSeconds: number;
      cpu: {
        count: number;
        model: string;
      };
      memory: {
        totalBytes: number;
      };
      disks: {
        mount: string;
        totalBytes: number;
        freeBytes: number;
      }[];
      /** @description tool name → version */
      capabilities: {
        [key: string]: string;
      };
      /** @description kvm, vmware, docker, …; none on bare metal */
      virtualization?: string;
      cloud?: {
        /** @enum {string} */
        provider: 'aws' | 'gcp' | 'azure' | 'openstack' | 'digitalocean' | 'hetzner' | 'other';
        region?: string;
        zone?: string;
        instanceId?: string;
        instanceType?: string;
      };
    };
    Identity: {
      issuer: string;
      subject: string;
      /** Format: date-time */
      createdAt: string;
      lastUsedAt: string | null;
    };
    IdentityList: {
      items: components['schemas']['Identity'][];
    };
    Incident: {
      id: string;
      zoneId: string | null;
      /** @enum {string} */
      cause: 'massLoss' | 'natsAway' | 'databaseAway' | 'schedulersAway';
      detail: string;
      gone: number;
      of: number;
      /** Format: date-time */
      openedAt: string;
      closedAt: string | null;
      closeCause: ('recovered' | 'operator' | 'timedOut') | null;
      closedBy: string | null;
    };
    Invitation: {
      id: string;
      username: string | null;
      grants: components['schemas']['Grant'][];
      createdBy: string;
      /** Format: date-time */
      createdAt: string;
      /** Format: date-time */
      expiresAt: string;
      usedAt: string | null;
      /** @description who came in by it */
      userId: string | null;
    };
    JoinToken: {
      id: string;
      zoneId: string;
      /** Format: date-time */
      expiresAt: string;
      maxUses: number;
      uses: number;
      labels: {
        [key: string]: string;
      };
      kind: components['schemas']['AgentKind'];
      approval: boolean;
      rejoin: boolean;
      /** Format: date-time */
      createdAt: string;
      revokedAt: string | null;
    };
    LinkIdentity: {
      /** @description the `sub` of the person at the provider */
      subject: string;
    };
    LintRecipe: {
      files: {
        path: string;
        /**
         * Format: base64
         * @description its bytes
         */
        data: string;
      }[];
    };
    LintReport: {
      /** @description none: it would be taken */
      faults: components['schemas']['RecipeFault'][];
    };
    ObservedPart: {
      part: string;
      /** @description the engine's own word: running, exited, shut off, … */
      state: string;
      /** @default {} */
      details: {
        [key: string]: unknown;
      };
    };
    OidcOffer: {
      enabled: boolean;
      /** @description of the provider, for a button */
      name: string | null;
      issuer: string | null;
      /** @description where browsers come back to, unless a redirectUri says otherwise */
      callback: string | null;
    };
    Operation: {
      id: string;
      resourceId: string;
      resourceName: string;
      zoneId: string;
      /** @enum {string} */
      action: 'plan' | 'apply' | 'destroy' | 'refresh';
      /** @enum {string} */
      cause: 'user' | 'selfHeal' | 'rollback' | 'schedule';
      /** @enum {string} */
      status: 'queued' | 'running' | 'succeeded' | 'failed' | 'canceled' | 'lost';
      /** @description why it waits, or how it ended where it did not succeed */
      reason: {
        code: string;
        message: string;
      } | null;
      /** @description of the desired state that it is about */
      revision: number;
      taskId: string | null;
      runId: string | null;
      workerId: string | null;
      plan: components['schemas']['Plan'] | null;
      steps: components['schemas']['OperationStep'][];
      deleteData: boolean;
      createdBy: string;
      /** Format: date-time */
      createdAt: string;
      startedAt: string | null;
      finishedAt: string | null;
    };
    OperationStep: {
      part: string;
      /**
       * @description keep: is left behind although the resource goes, as it holds data
       * @enum {string}
       */
      action: 'create' | 'update' | 'replace' | 'delete' | 'keep' | 'none';
      /** @enum {string} */
      state: 'planned' | 'begun' | 'done' | 'failed' | 'skipped';
      message: string | null;
      at: string | null;
    };
    OutputChunk: {
      seq: number;
      attempt: number;
      step: string;
      /** @enum {string} */
      stream: 'stdout' | 'stderr';
      at: string | null;
      /** @description where the piece is UTF-8 by itself */
      text?: string;
      /** @description where it is not */
      base64?: string;
      /** @description what came after it was dropped */
      cut: boolean;
    };
    PinnedRecipe: {
      source: string;
      name: string;
      version: string;
      commit: string;
      digest: string;
      /** @enum {string} */
      driver: 'docker' | 'libvirt' | 'prometheus' | 'terraform' | 'kubectl' | 'helm' | 'shell' | 'pretend';
    };
    Plan: {
      summary: {
        create: number;
        update: number;
        replace: number;
        delete: number;
        keep: number;
        none: number;
      };
      changes: components['schemas']['PlanChange'][];
      /** @description the same for people */
      text: string;
      /** @description of the changes: the same plan has the same */
      digest: string;
    };
    PlanChange: {
      part: string;
      /**
       * @description keep: is left behind although the resource goes, as it holds data
       * @enum {string}
       */
      action: 'create' | 'update' | 'replace' | 'delete' | 'keep' | 'none';
      reason?: string;
      /**
       * @description secrets stand here as `***`
       * @default []
       */
      fields: {
        path: string;
        before: unknown;
        after: unknown;
      }[];
    };
    PreviewTarget: {
      /** @description id or name of a zone */
      zone: string;
      target: components['schemas']['TargetInput'];
    };
    Primary: {
      agentId: string;
      epoch: number;
      /** Format: date-time */
      since: string;
      /** @description unix seconds of the last acknowledged sign of life */
      stamp: number;
    };
    Problem: {
      type: string;
      title: string;
      status: number;
      /** @enum {string} */
      code:
        | 'BAD_REQUEST'
        | 'UNAUTHENTICATED'
        | 'BAD_CREDENTIALS'
        | 'JOIN_TOKEN_REFUSED'
        | 'SIGN_IN_REFUSED'
        | 'INVITATION_REFUSED'
        | 'FORBIDDEN'
        | 'NOT_FOUND'
        | 'METHOD_NOT_ALLOWED'
        | 'CONFLICT'
        | 'WRONG_STATE'
        | 'NOT_APPROVED'
        | 'CLONE_REFUSED'
        | 'AGENT_REMOVED'
        | 'PRECONDITION_FAILED'
        | 'IDEMPOTENCY_MISMATCH'
        | 'SECRET_SHOWN_ONCE'
        | 'TOO_LARGE'
        | 'UNSUPPORTED_MEDIA_TYPE'
        | 'NO_TARGET'
        | 'RATE_LIMITED'
        | 'INTERNAL'
        | 'UNAVAILABLE'
        | 'STALE_EPOCH'
        | 'WRONG_SESSION'
        | 'WRONG_AGENT'
        | 'EXPIRED'
        | 'BAD_SIGNATURE'
        | 'CANCELED'
        | 'SPOOL_FULL'
        | 'FACT_REFUSED';
      detail: string;
      errors: {
        path: string;
        message: string;
      }[];
      traceId: string;
    };
    Reason: {
      /** @enum {string} */
      code:
        | 'NEW'
        | 'AGENT_OFFLINE'
        | 'AGENT_DRAINED'
        | 'AGENT_SUSPENDED'
        | 'AGENT_REMOVED'
        | 'AGENT_NOT_ANSWERING'
        | 'ZONE_BUSY'
        | 'NO_AGENT_MATCHES'
        | 'NO_PRIMARY'
        | 'SCHEDULER_AWAY'
        | 'SENT'
        | 'STEP_FAILED'
        | 'STEP_TIMED_OUT'
        | 'RUN_TIMED_OUT'
        | 'DEADLINE_PASSED'
        | 'CANCELED_BY_USER'
        | 'AGENT_CRASHED'
        | 'AGENT_STOPPED'
        | 'AGENT_LOST'
        | 'JOURNAL_CHANGED'
        | 'REFUSED_BY_AGENT'
        | 'RUNS_DIFFER'
        | 'ZONE_DELETED'
        | 'SCHEDULED'
        | 'PREVIOUS_OPEN'
        | 'HOST_BUSY'
        | 'CONCURRENCY_KEY'
        | 'SUPERSEDED'
        | 'BATCH_WAITS'
        | 'BATCH_STOPPED'
        | 'RETRY_WAITS'
        | 'AGENT_FENCED'
        | 'AGENT_ALONE'
        | 'LOG_CUT'
        | 'CREDENTIAL_MISSING'
        | 'NO_SEALING_KEY'
        | 'STOPPED_BY_TASK'
        | 'NO_WORKER';
      message: string;
      /** Format: date-time */
      since: string;
      /** Format: date-time */
      until?: string;
      holder?: {
        runId: string;
        taskId: string;
        taskName: string;
      };
      place?: number;
    };
    Recipe: {
      source: string;
      name: string;
      version: string;
      description: string;
      /** @enum {string} */
      driver: 'docker' | 'libvirt' | 'prometheus' | 'terraform' | 'kubectl' | 'helm' | 'shell' | 'pretend';
      labels: {
        [key: string]: string;
      };
      commit: string;
      /** @description SHA-256 of the folder */
      digest: string;
      /** Format: date-time */
      syncedAt: string;
      versions: {
        version: string;
        commit: string;
        digest: string;
        /** Format: date-time */
        syncedAt: string;
        current: boolean;
      }[];
      /** @description JSON Schema */
      parameters: {
        [key: string]: unknown;
      };
      outputs: {
        [key: string]: {
          description: string;
          sensitive: boolean;
        };
      };
      health: (
        | {
            /** @constant */
            type: 'http';
            name: string;
            /** @default 15 */
            everySeconds: number;
            /** @default 5 */
            timeoutSeconds: number;
            /**
             * @description failures in a row that make it unhealthy
             * @default 3
             */
            retries: number;
            /**
             * @description from the apply on, so long a failure counts as starting
             * @default 60
             */
            startSeconds: number;
            url: string;
            /** @description 200 to 299 if not given */
            expectStatus?: number[];
            /** @description a text that stands in the first MiB of the body */
            expectBody?: string;
          }
        | {
            /** @constant */
            type: 'tcp';
            name: string;
            /** @default 15 */
            everySeconds: number;
            /** @default 5 */
            timeoutSeconds: number;
            /**
             * @description failures in a row that make it unhealthy
             * @default 3
             */
            retries: number;
            /**
             * @description from the apply on, so long a failure counts as starting
             * @default 60
             */
            startSeconds: number;
            /** @default 127.0.0.1 */
            host: string;
            /** @description a number, or a template that gives one */
            port: number | string;
          }
        | {
            /** @constant */
            type: 'command';
            name: string;
            /** @default 15 */
            everySeconds: number;
            /** @default 5 */
            timeoutSeconds: number;
            /**
             * @description failures in a row that make it unhealthy
             * @default 3
             */
            retries: number;
            /**
             * @description from the apply on, so long a failure counts as starting
             * @default 60
             */
            startSeconds: number;
            /** @description program and arguments, never a line for a shell; good where it exits with 0 */
            command: string[];
            /** @description where it runs: a container of the resource such as `container/web`; on the host of the worker if not given */
            part?: string;
          }
        | {
            /** @constant */
            type: 'engine';
            name: string;
            /** @default 15 */
            everySeconds: number;
            /** @default 5 */
            timeoutSeconds: number;
            /**
             * @description failures in a row that make it unhealthy
             * @default 3
             */
            retries: number;
            /**
             * @description from the apply on, so long a failure counts as starting
             * @default 60
             */
            startSeconds: number;
            part?: string;
          }
      )[];
      /** @description README.md of the folder */
      readme: string | null;
      files: {
        path: string;
        bytes: number;
      }[];
    };
    RecipeFault: {
      file: string;
      line: number | null;
      column: number | null;
      message: string;
    };
    RecipeSummary: {
      source: string;
      name: string;
      version: string;
      description: string;
      /** @enum {string} */
      driver: 'docker' | 'libvirt' | 'prometheus' | 'terraform' | 'kubectl' | 'helm' | 'shell' | 'pretend';
      labels: {
        [key: string]: string;
      };
      commit: string;
      /** @description SHA-256 of the folder */
      digest: string;
      /** Format: date-time */
      syncedAt: string;
      /** @description newest first */
      versions: string[];
    };
    RenewedSession: {
      id: string;
      /** @description shown in this answer and never again */
      token: string;
      /**
       * Format: date-time
       * @description when the token ends, unless the session is renewed before
       */
      expiresAt: string;
      /**
       * Format: date-time
       * @description when the session ends, however often it is renewed
       */
      endsAt: string;
    };
    ResetPassword: {
      /** @description at least 12 characters, at most 1,024, and not easy to guess */
      password?: string;
      /**
       * @description makes one, which this answer shows and nothing else ever; it has to be changed at once
       * @default false
       */
      generatePassword?: boolean;
      /**
       * @description whether it has to be changed before anything else; a generated one has to be
       * @default true
       */
      mustChangePassword?: boolean;
    } & (
      | {
          /** @constant */
          generatePassword?: false;
        }
      | {
          /** @constant */
          generatePassword: true;
        }
    );
    Resource: {
      id: string;
      name: string;
      zoneId: string;
      zoneName: string;
      recipe: components['schemas']['PinnedRecipe'];
      parameters: {
        [key: string]: unknown;
      };
      /** @description drift is mended by an apply of its own */
      selfHeal: boolean;
      placement: {
        /** @description the engine that has it; any that fits takes it first */
        engine: string | null;
        workerId: string | null;
      };
      /** @enum {string} */
      status: 'new' | 'applying' | 'ready' | 'drifted' | 'failed' | 'destroying' | 'destroyed' | 'unknown';
      reason: {
        code: string;
        message: string;
        /** Format: date-time */
        since: string;
      } | null;
      /** @description of the desired state; grows with every change, and is what If-Match compares */
      revision: number;
      appliedRevision: number | null;
      observed: components['schemas']['ObservedPart'][] | null;
      observedAt: string | null;
      drift: {
        /** Format: date-time */
        since: string;
        changes: components['schemas']['PlanChange'][];
      } | null;
      health: {
        /** @enum {string} */
        state: 'none' | 'starting' | 'healthy' | 'unhealthy' | 'unknown';
        checks: components['schemas']['CheckedHealth'][];
      };
      /** @description sensitive ones stand as `***` */
      outputs: {
        [key: string]: unknown;
      };
      /** @description what is under way */
      operation: {
        id: string;
        action: string;
        status: string;
      } | null;
      createdBy: string;
      /** Format: date-time */
      createdAt: string;
      /** Format: date-time */
      updatedAt: string;
    };
    RetryPolicy: {
      /** @default 3 */
      maxAttempts: number;
      /**
       * @description before the second attempt; each further pause is twice as long
       * @default 5
       */
      delaySeconds: number;
      /** @default 300 */
      maxDelaySeconds: number;
      /**
       * @description which ends of an attempt are followed by another one
       * @default [
       *       "lost"
       *     ]
       */
      on: ('lost' | 'failed' | 'timed_out')[];
      /**
       * @description with the targets `any` and `primary`: how long the agent may be cut off before it ends the attempt by itself, so that another agent can take over without overlap
       * @default 300
       */
      aloneSeconds: number;
    };
    RetryPolicyInput: {
      /** @default 3 */
      maxAttempts?: number;
      /**
       * @description before the second attempt; each further pause is twice as long
       * @default 5
       */
      delaySeconds?: number;
      /** @default 300 */
      maxDelaySeconds?: number;
      /**
       * @description which ends of an attempt are followed by another one
       * @default [
       *       "lost"
       *     ]
       */
      on?: ('lost' | 'failed' | 'timed_out')[];
      /**
       * @description with the targets `any` and `primary`: how long the agent may be cut off before it ends the attempt by itself, so that another agent can take over without overlap
       * @default 300
       */
      aloneSeconds?: number;
    };
    RetryTask: {
      /**
       * @description of a task on many hosts: only on those whose runs have not succeeded
       * @default false
       */
      onlyFailed?: boolean;
    };
    Revision: {
      revision: number;
      recipe: {
        source: string;
        name: string;
        version: string;
        commit: string;
        digest: string;
        /** @enum {string} */
        driver: 'docker' | 'libvirt' | 'prometheus' | 'terraform' | 'kubectl' | 'helm' | 'shell' | 'pretend';
      };
      parameters: {
        [key: string]: unknown;
      };
      createdBy: string;
      /** Format: date-time */
      createdAt: string;
      appliedAt: string | null;
    };
    RollbackResource: {
      revision?: number;
    };
    Run: {
      id: string;
      taskId: string;
      zoneId: string;
      agentId: string | null;
      /** @enum {string} */
      status:
        | 'scheduled'
        | 'queued'
        | 'dispatched'
        | 'running'
        | 'recovering'
        | 'succeeded'
        | 'failed'
        | 'recovery_failed'
        | 'canceled'
        | 'timed_out'
        | 'lost';
      reason: components['schemas']['Reason'] | null;
      attempt: number;
      epoch: number | null;
      /** Format: date-time */
      createdAt: string;
      dispatchedAt: string | null;
      acceptedAt: string | null;
      startedAt: string | null;
      finishedAt: string | null;
      exitCode: number | null;
      output: string | null;
      lateResult?: unknown;
      batch: number | null;
      /** @description it wrote more than it may, and the rest was dropped */
      logCut: boolean;
      attempts: components['schemas']['Attempt'][];
      steps: components['schemas']['StepResult'][];
    };
    Schedule: {
      id: string;
      name: string;
      zoneId: string;
      zoneName: string;
      task: components['schemas']['TaskTemplate'];
      cron: string | null;
      at: string | null;
      timeZone: string;
      start: string | null;
      until: string | null;
      /** @enum {string} */
      misfire: 'skip' | 'runOnce' | 'runAll';
      misfireLimit: number;
      misfireAfterSeconds: number;
      /** @enum {string} */
      overlap: 'skip' | 'queue' | 'cancelPrevious';
      feedResult: boolean;
      /**
       * @description `ended`: nothing will be due any more
       * @enum {string}
       */
      status: 'active' | 'paused' | 'ended';
      nextDueAt: string | null;
      lastTaskId: string | null;
      revision: number;
      createdBy: string;
      /** Format: date-time */
      createdAt: string;
    };
    ScrapeTarget: {
      targets: string[];
      labels: {
        [key: string]: string;
      };
    };
    Session: {
      id: string;
      userId: string;
      username: string;
      /** @description whether it is the one that asks */
      current: boolean;
      /** @description how the person came in */
      method: string;
      /** @description from where */
      address: string;
      userAgent: string | null;
      /** Format: date-time */
      createdAt: string;
      /** @description to the minute */
      lastUsedAt: string | null;
      /**
       * Format: date-time
       * @description when the token ends, unless the session is renewed before
       */
      expiresAt: string;
      /**
       * Format: date-time
       * @description when the session ends, however often it is renewed
       */
      endsAt: string;
    };
    SetConcurrencyKey: {
      capacity: number;
    };
    SignUp: {
      /** @description the token of an invitation; not needed where sign-up is open */
      invitation?: string;
      username: string;
      /** @description at least 12 characters, at most 1,024, and not easy to guess */
      password: string;
      /** @default null */
      displayName?: string | null;
    };
    SignedPlace: {
      seq: number;
      hash: string;
      at: string;
      keyId: string;
      /** @description Ed25519, base64url */
      signature: string;
    };
    Source: {
      id: string;
      name: string;
      url: string;
      /** @description null for the catalogue that comes with Klevr */
      ref: components['schemas']['SourceRef'] | null;
      folder: string;
      syncEverySeconds: number | null;
      signedTagsOnly: boolean;
      trustedSigners: string[];
      hasAuth: boolean;
      builtIn: boolean;
      /** @enum {string} */
      status: 'new' | 'syncing' | 'synced' | 'failed';
      statusMessage: string;
      /** @description what the recipes are pinned to */
      commit: string | null;
      syncedAt: string | null;
      /** @description of the last sync; the good recipes beside them are there */
      faults: components['schemas']['RecipeFault'][];
      revision: number;
      createdBy: string;
      /** Format: date-time */
      createdAt: string;
    };
    SourceRef:
      | {
          branch: string;
        }
      | {
          tag: string;
        }
      | {
          commit: string;
        };
    StartOidc: {
      /** @description one that is configured, or http://127.0.0.1:<port>/<path> of a program */
      redirectUri?: string;
    };
    StartedOidc: {
      /** @description where the person signs in */
      authorizationUrl: string;
      /** @description a secret of whoever began: it is shown at the end, and never sent to the provider */
      flow: string;
      /** Format: date-time */
      expiresAt: string;
    };
    Step:
      | {
          name: string;
          /** @description ends this try of the step */
          timeoutSeconds?: number;
          /**
           * @description further tries after a failed one
           * @default 0
           */
          retries: number;
          /** @description pause before the first retry; each further one is twice as long, up to 30 s or this, whichever is longer; 1 if not given */
          retryDelaySeconds?: number;
          /** @description the next step runs even if this one has failed or taken too long */
          continueOnError?: boolean;
          /** @description a script */
          run: string;
          /** @description the program that gets the file with the script as its last argument; `sh -eu` if not given */
          interpreter?: string;
          /** @default {} */
          env: {
            [key: string]: string;
          };
          /** @description where the script starts; a private folder that lasts as long as the run, if not given */
          workingDirectory?: string;
        }
      | {
          name: string;
          /** @description ends this try of the step */
          timeoutSeconds?: number;
          /**
           * @description further tries after a failed one
           * @default 0
           */
          retries: number;
          /** @description pause before the first retry; each further one is twice as long, up to 30 s or this, whichever is longer; 1 if not given */
          retryDelaySeconds?: number;
          /** @description the next step runs even if this one has failed or taken too long */
          continueOnError?: boolean;
          /** @description a built-in command */
          use: string;
          /** @default {} */
          with: {
            [key: string]: unknown;
          };
        };
    StepInput:
      | {
          name: string;
          /** @description ends this try of the step */
          timeoutSeconds?: number;
          /**
           * @description further tries after a failed one
           * @default 0
           */
          retries?: number;
          /** @description pause before the first retry; each further one is twice as long, up to 30 s or this, whichever is longer; 1 if not given */
          retryDelaySeconds?: number;
          /** @description the next step runs even if this one has failed or taken too long */
          continueOnError?: boolean;
          /** @description a script */
          run: string;
          /** @description the program that gets the file with the script as its last argument; `sh -eu` if not given */
          interpreter?: string;
          /** @default {} */
          env?: {
            [key: string]: string;
          };
          /** @description where the script starts; a private folder that lasts as long as the run, if not given */
          workingDirectory?: string;
        }
      | {
          name: string;
          /** @description ends this try of the step */
          timeoutSeconds?: number;
          /**
           * @description further tries after a failed one
           * @default 0
           */
          retries?: number;
          /** @description pause before the first retry; each further one is twice as long, up to 30 s or this, whichever is longer; 1 if not given */
          retryDelaySeconds?: number;
          /** @description the next step runs even if this one has failed or taken too long */
          continueOnError?: boolean;
          /** @description a built-in command */
          use: string;
          /** @default {} */
          with?: {
            [key: string]: unknown;
          };
        };
    StepResult: {
      /** @enum {string} */
      phase: 'step' | 'recovery';
      index: number;
      name: string;
      tries: number;
      /** @enum {string} */
      outcome: 'running' | 'succeeded' | 'failed' | 'timed_out' | 'canceled' | 'lost';
      exitCode: number | null;
      signal: string | null;
      output: string | null;
      startedAt: string | null;
      finishedAt: string | null;
      /** @description the attempt that ran it; an earlier one where the run went on after it */
      attempt: number;
    };
    StreamEnd: {
      /** @enum {string} */
      reason: 'finished' | 'removed' | 'tooSlow' | 'sessionEnded' | 'stopping';
      detail: string;
      /**
       * @description of a run that has finished
       * @enum {string}
       */
      status?:
        | 'scheduled'
        | 'queued'
        | 'dispatched'
        | 'running'
        | 'recovering'
        | 'succeeded'
        | 'failed'
        | 'recovery_failed'
        | 'canceled'
        | 'timed_out'
        | 'lost';
    };
    Target:
      | {
          agent: string;
        }
      | {
          /** @constant */
          primary: true;
        }
      | {
          any: string;
        }
      | {
          all: string;
          batch?: components['schemas']['Batch'];
        };
    TargetInput:
      | {
          agent: string;
        }
      | {
          /** @constant */
          primary: true;
        }
      | {
          any: string;
        }
      | {
          all: string;
          batch?: components['schemas']['BatchInput'];
        };
    TargetPreview: {
      zoneId: string;
      zoneName: string;
      total: {
        chosen: number;
        others: number;
      };
      /** @description at most 1,000 */
      chosen: {
        agentId: string;
        hostname: string;
        /** @enum {string} */
        status: 'pending' | 'online' | 'suspect' | 'lost' | 'suspended' | 'drained' | 'left';
        drained: boolean;
        /** @description in which batch, from 1; null without batches */
        batch: number | null;
        /** @description why its run would wait, for now */
        waits: string | null;
      }[];
      /** @description at most 1,000 */
      others: {
        agentId: string;
        hostname: string;
        /** @enum {string} */
        status: 'pending' | 'online' | 'suspect' | 'lost' | 'suspended' | 'drained' | 'left';
        drained: boolean;
        why: string;
      }[];
    };
    Task: {
      id: string;
      name: string;
      zoneId: string;
      zoneName: string;
      target: components['schemas']['Target'] | components['schemas']['WorkerTarget'];
      steps: components['schemas']['Step'][];
      recovery: components['schemas']['Step'][];
      parameters: {
        [key: string]: unknown;
      };
      timeoutSeconds: number | null;
      deadline: string | null;
      /** @enum {string} */
      execution: 'atMostOnce' | 'atLeastOnce';
      retryPolicy: components['schemas']['RetryPolicy'] | null;
      resumable: boolean;
      priority: number;
      concurrencyKey: string | null;
      supersedes: string | null;
      credentials: components['schemas']['CredentialUse'][];
      killGraceSeconds: number | null;
      maxLogBytes: number;
      /** @description when its runs may be sent first */
      scheduledAt: string | null;
      /** @description the schedule that made it */
      scheduleId: string | null;
      retryOf: string | null;
      batches: {
        total: number;
        /** @description from 1 */
        current: number;
        /** @enum {string} */
        state: 'running' | 'pausing' | 'stopped' | 'done';
        nextAt: string | null;
        stopReason: string | null;
      } | null;
      /** @enum {string} */
      status:
        | 'scheduled'
        | 'queued'
        | 'dispatched'
        | 'running'
        | 'recovering'
        | 'succeeded'
        | 'failed'
        | 'recovery_failed'
        | 'canceled'
        | 'timed_out'
        | 'lost';
      reason: components['schemas']['Reason'] | null;
      runs: {
        total: number;
        byStatus: {
          [key: string]: number;
        };
      };
      callbacks: {
        id: string;
        url: string;
        on: ('all' | 'conclusion' | 'both-ends' | 'success' | 'failure' | 'changed-result' | 'each-step')[];
        secret?: string;
      }[];
      createdBy: string;
      /** Format: date-time */
      createdAt: string;
      finishedAt: string | null;
    };
    TaskTemplate: {
      name: string;
      /** @description id or name of a zone */
      zone: string;
      target: components['schemas']['Target'];
      steps: components['schemas']['Step'][];
      /** @default [] */
      recovery: components['schemas']['Step'][];
      /** @default {} */
      parameters: {
        [key: string]: unknown;
      };
      /**
       * @description of the steps of one run together, and of its recovery anew; null: no limit, for work that may go on for weeks
       * @default 3600
       */
      timeoutSeconds: number | null;
      /**
       * Format: date-time
       * @description what has not started by then does not start any more, what runs is ended
       */
      deadline?: string;
      /**
       * @description `atMostOnce` if not given, `atLeastOnce` for a resumable task
       * @enum {string}
       */
      execution?: 'atMostOnce' | 'atLeastOnce';
      /** @description of `atLeastOnce` */
      retryPolicy?: components['schemas']['RetryPolicy'];
      /**
       * @description a further attempt begins with the first step that is not known to have succeeded, maybe on another agent
       * @default false
       */
      resumable: boolean;
      /**
       * @description higher ones are sent first
       * @default 0
       */
      priority: number;
      /** @description of the runs with this key in the zone only so many are under way at once as its capacity says */
      concurrencyKey?: string;
      /** @description runs of older tasks with the same key that wait for the same agent are canceled */
      supersedes?: string;
      /**
       * @description secrets of the zone that the steps get
       * @default []
       */
      credentials: components['schemas']['CredentialUse'][];
      /** @description between SIGTERM and SIGKILL where a step has to be ended; 5 if not given */
      killGraceSeconds?: number;
      /** @description of what a run writes; 10 MiB if not given. What is beyond is dropped, and marked */
      maxLogBytes?: number;
      /** @default [] */
      callbacks: components['schemas']['Callback'][];
    };
    TaskTemplateInput: {
      name: string;
      /** @description id or name of a zone */
      zone: string;
      target: components['schemas']['TargetInput'];
      steps: components['schemas']['StepInput'][];
      /** @default [] */
      recovery?: components['schemas']['StepInput'][];
      /** @default {} */
      parameters?: {
        [key: string]: unknown;
      };
      /**
       * @description of the steps of one run together, and of its recovery anew; null: no limit, for work that may go on for weeks
       * @default 3600
       */
      timeoutSeconds?: number | null;
      /**
       * Format: date-time
       * @description what has not started by then does not start any more, what runs is ended
       */
      deadline?: string;
      /**
       * @description `atMostOnce` if not given, `atLeastOnce` for a resumable task
       * @enum {string}
       */
      execution?: 'atMostOnce' | 'atLeastOnce';
      /** @description of `atLeastOnce` */
      retryPolicy?: components['schemas']['RetryPolicyInput'];
      /**
       * @description a further attempt begins with the first step that is not known to have succeeded, maybe on another agent
       * @default false
       */
      resumable?: boolean;
      /**
       * @description higher ones are sent first
       * @default 0
       */
      priority?: number;
      /** @description of the runs with this key in the zone only so many are under way at once as its capacity says */
      concurrencyKey?: string;
      /** @description runs of older tasks with the same key that wait for the same agent are canceled */
      supersedes?: string;
      /**
       * @description secrets of the zone that the steps get
       * @default []
       */
      credentials?: components['schemas']['CredentialUseInput'][];
      /** @description between SIGTERM and SIGKILL where a step has to be ended; 5 if not given */
      killGraceSeconds?: number;
      /** @description of what a run writes; 10 MiB if not given. What is beyond is dropped, and marked */
      maxLogBytes?: number;
      /** @default [] */
      callbacks?: components['schemas']['CallbackInput'][];
    };
    Term: {
      agentId: string;
      epoch: number;
      /** Format: date-time */
      from: string;
      readyAt: string | null;
      to: string | null;
      /** @description why it was appointed */
      cause: string;
      endCause: string | null;
      gapMs: number | null;
    };
    UpdateAgent: {
      labels?: {
        [key: string]: string;
      };
    };
    UpdateApiToken: {
      /** @description what it is for */
      name: string;
    };
    UpdateCredential: {
      /** @description goes in, never out */
      value?: string;
      description?: string;
    };
    UpdateMe: {
      displayName?: string | null;
    };
    UpdateResource: {
      recipe?: {
        /** @default klevr */
        source?: string;
        name: string;
        /** @description the newest if not given */
        version?: string;
      };
      parameters?: {
        [key: string]: unknown;
      };
      selfHeal?: boolean;
      engine?: string | null;
    };
    UpdateSchedule: {
      name?: string;
      task?: components['schemas']['TaskTemplateInput'];
      /** @description five fields (minute, hour, day of month, month, day of week) or six (second first) */
      cron?: string;
      /**
       * Format: date-time
       * @description the one time
       */
      at?: string;
      /** @description IANA name, such as Asia/Seoul */
      timeZone?: string;
      /** @description nothing is due before */
      start?: string | null;
      /** @description nothing is due after */
      until?: string | null;
      /**
       * @description what becomes of due times that passed while no scheduler was there: none is made up for, the last one, or each within `misfireLimit`
       * @enum {string}
       */
      misfire?: 'skip' | 'runOnce' | 'runAll';
      /** @description with `runAll`: so many of the last missed ones */
      misfireLimit?: number;
      /** @description a due time that is later than this counts as missed */
      misfireAfterSeconds?: number;
      /**
       * @description when the task of the due time before is still open: leave this one out, let it wait, or cancel that one
       * @enum {string}
       */
      overlap?: 'skip' | 'queue' | 'cancelPrevious';
      /** @description each task gets the output of the one before as TASK_RESULT and KLEVR_PREVIOUS of its first step */
      feedResult?: boolean;
    };
    UpdateSource: {
      url?: string;
      ref?: components['schemas']['SourceRef'];
      folder?: string;
      syncEverySeconds?: number | null;
      signedTagsOnly?: boolean;
      trustedSigners?: string[];
      auth?:
        | (
            | {
                username: string;
                password: string;
              }
            | {
                sshKey: string;
                knownHosts: string;
              }
          )
        | null;
    };
    UpdateUser: {
      displayName?: string | null;
      grants?: components['schemas']['GrantGiven'][];
      /** @description ends the sessions and keeps new ones and API tokens out */
      disabled?: boolean;
      mustChangePassword?: boolean;
    };
    UpdateWebhook: {
      /** Format: uri */
      url?: string;
      /** @description what of every task is told, as with the callbacks of a task */
      on?: ('all' | 'conclusion' | 'both-ends' | 'success' | 'failure' | 'changed-result' | 'each-step')[];
      /** @description which events are told, as `GET /events` has them */
      events?: string[];
      description?: string;
      /** @description one that is not enabled hears nothing, and gets nothing of it later */
      enabled?: boolean;
    };
    UpdateZone: {
      /** @enum {string} */
      platform?: 'bare-metal' | 'vm' | 'laptop' | 'private-cloud' | 'aws' | 'gcp' | 'azure' | 'kubernetes';
      /** @enum {string} */
      environment?: 'dev' | 'test' | 'prod';
      labels?: {
        [key: string]: string;
      };
      settings?: {
        heartbeatSeconds?: number;
        lostAfterSeconds?: number;
        maxConcurrentRuns?: number;
        maxConcurrentRunsPerAgent?: number;
        headlessAlarmSeconds?: number;
      };
    };
    User: {
      id: string;
      username: string;
      displayName: string | null;
      /** @description the highest role in any zone; null for somebody without any */
      role: ('viewer' | 'operator' | 'admin') | null;
      grants: components['schemas']['Grant'][];
      disabled: boolean;
      /** @description until the password is changed, nothing else goes */
      mustChangePassword: boolean;
      /** @description false for somebody who signs in elsewhere only */
      hasPassword: boolean;
      /** Format: date-time */
      createdAt: string;
      lastSignInAt: string | null;
      revision: number;
    };
    Webhook: {
      id: string;
      url: string;
      zoneId: string | null;
      on: ('all' | 'conclusion' | 'both-ends' | 'success' | 'failure' | 'changed-result' | 'each-step')[];
      events: string[];
      description: string;
      enabled: boolean;
      /** @description only in the answer that made it, where it was not given */
      secret?: string;
      revision: number;
      createdBy: string;
      /** Format: date-time */
      createdAt: string;
    };
    WorkerTarget: {
      worker: {
        /** @enum {string} */
        driver: 'docker' | 'libvirt' | 'prometheus' | 'terraform' | 'kubectl' | 'helm' | 'shell' | 'pretend';
        engine: string | null;
      };
    };
    Zone: {
      id: string;
      name: string;
      /** @enum {string} */
      platform: 'bare-metal' | 'vm' | 'laptop' | 'private-cloud' | 'aws' | 'gcp' | 'azure' | 'kubernetes';
      /** @enum {string} */
      environment: 'dev' | 'test' | 'prod';
      labels: {
        [key: string]: string;
      };
      settings: {
        /** @default 10 */
        heartbeatSeconds: number;
        /** @default 60 */
        lostAfterSeconds: number;
        /** @default 256 */
        maxConcurrentRuns: number;
        /** @default 64 */
        maxConcurrentRunsPerAgent: number;
        /** @default 10 */
        headlessAlarmSeconds: number;
      };
      primary: components['schemas']['Primary'] | null;
      /** @description null while there is a primary */
      headless: components['schemas']['Headless'] | null;
      /** @description number of agents by status */
      agents: {
        [key: string]: number;
      };
      /** @description grows with every change by an operator; what If-Match compares */
      revision: number;
      /** Format: date-time */
      createdAt: string;
    };
  };
  responses: {
    /** @description `AGENT_REMOVED`: The agent was removed; it needs a new join token */
    AGENT_REMOVED: {
      headers: {
        'X-Request-Id': components['headers']['X-Request-Id'];
        RateLimit: components['headers']['RateLimit'];
        'RateLimit-Policy': components['headers']['RateLimit-Policy'];
        [name: string]: unknown;
      };
      content: {
        'application/problem+json': components['schemas']['Problem'];
      };
    };
    /** @description `BAD_CREDENTIALS`: User name or password is wrong */
    BAD_CREDENTIALS: {
      headers: {
        'X-Request-Id': components['headers']['X-Request-Id'];
        RateLimit: components['headers']['RateLimit'];
        'RateLimit-Policy': components['headers']['RateLimit-Policy'];
        [name: string]: unknown;
      };
      content: {
        'application/problem+json': components['schemas']['Problem'];
      };
    };
    /** @description `BAD_REQUEST`: The request is malformed or has faulty fields */
    BAD_REQUEST: {
      headers: {
        'X-Request-Id': components['headers']['X-Request-Id'];
        RateLimit: components['headers']['RateLimit'];
        'RateLimit-Policy': components['headers']['RateLimit-Policy'];
        [name: string]: unknown;
      };
      content: {
        'application/problem+json': components['schemas']['Problem'];
      };
    };
    /** @description `CONFLICT`: The thing exists already or its state does not allow this */
    CONFLICT: {
      headers: {
        'X-Request-Id': components['headers']['X-Request-Id'];
        RateLimit: components['headers']['RateLimit'];
        'RateLimit-Policy': components['headers']['RateLimit-Policy'];
        [name: string]: unknown;
      };
      content: {
        'application/problem+json': components['schemas']['Problem'];
      };
    };
    /** @description `CONFLICT`: The thing exists already or its state does not allow this. `IDEMPOTENCY_MISMATCH`: The Idempotency-Key was used with another request */
    'CONFLICT-IDEMPOTENCY_MISMATCH': {
      headers: {
        'X-Request-Id': components['headers']['X-Request-Id'];
        RateLimit: components['headers']['RateLimit'];
        'RateLimit-Policy': components['headers']['RateLimit-Policy'];
        [name: string]: unknown;
      };
      content: {
        'application/problem+json': components['schemas']['Problem'];
      };
    };
    /** @description `CONFLICT`: The thing exists already or its state does not allow this. `IDEMPOTENCY_MISMATCH`: The Idempotency-Key was used with another request. `SECRET_SHOWN_ONCE`: The request was answered before, and its secret is never shown again */
    'CONFLICT-IDEMPOTENCY_MISMATCH-SECRET_SHOWN_ONCE': {
      headers: {
        'X-Request-Id': components['headers']['X-Request-Id'];
        RateLimit: components['headers']['RateLimit'];
        'RateLimit-Policy': components['headers']['RateLimit-Policy'];
        [name: string]: unknown;
      };
      content: {
        'application/problem+json': components['schemas']['Problem'];
      };
    };
    /** @description `CONFLICT`: The thing exists already or its state does not allow this. `WRONG_STATE`: The state of the thing does not allow this */
    'CONFLICT-WRONG_STATE': {
      headers: {
        'X-Request-Id': components['headers']['X-Request-Id'];
        RateLimit: components['headers']['RateLimit'];
        'RateLimit-Policy': components['headers']['RateLimit-Policy'];
        [name: string]: unknown;
      };
      content: {
        'application/problem+json': components['schemas']['Problem'];
      };
    };
    /** @description `CONFLICT`: The thing exists already or its state does not allow this. `WRONG_STATE`: The state of the thing does not allow this. `IDEMPOTENCY_MISMATCH`: The Idempotency-Key was used with another request */
    'CONFLICT-WRONG_STATE-IDEMPOTENCY_MISMATCH': {
      headers: {
        'X-Request-Id': components['headers']['X-Request-Id'];
        RateLimit: components['headers']['RateLimit'];
        'RateLimit-Policy': components['headers']['RateLimit-Policy'];
        [name: string]: unknown;
      };
      content: {
        'application/problem+json': components['schemas']['Problem'];
      };
    };
    /** @description `FORBIDDEN`: The role does not allow this */
    FORBIDDEN: {
      headers: {
        'X-Request-Id': components['headers']['X-Request-Id'];
        RateLimit: components['headers']['RateLimit'];
        'RateLimit-Policy': components['headers']['RateLimit-Policy'];
        [name: string]: unknown;
      };
      content: {
        'application/problem+json': components['schemas']['Problem'];
      };
    };
    /** @description `IDEMPOTENCY_MISMATCH`: The Idempotency-Key was used with another request */
    IDEMPOTENCY_MISMATCH: {
      headers: {
        'X-Request-Id': components['headers']['X-Request-Id'];
        RateLimit: components['headers']['RateLimit'];
        'RateLimit-Policy': components['headers']['RateLimit-Policy'];
        [name: string]: unknown;
      };
      content: {
        'application/problem+json': components['schemas']['Problem'];
      };
    };
    /** @description `IDEMPOTENCY_MISMATCH`: The Idempotency-Key was used with another request. `SECRET_SHOWN_ONCE`: The request was answered before, and its secret is never shown again */
    'IDEMPOTENCY_MISMATCH-SECRET_SHOWN_ONCE': {
      headers: {
        'X-Request-Id': components['headers']['X-Request-Id'];
        RateLimit: components['headers']['RateLimit'];
        'RateLimit-Policy': components['headers']['RateLimit-Policy'];
        [name: string]: unknown;
      };
      content: {
        'application/problem+json': components['schemas']['Problem'];
      };
    };
    /** @description `INTERNAL`: A fault of ours; its id is in traceId */
    INTERNAL: {
      headers: {
        'X-Request-Id': components['headers']['X-Request-Id'];
        RateLimit: components['headers']['RateLimit'];
        'RateLimit-Policy': components['headers']['RateLimit-Policy'];
        [name: string]: unknown;
      };
      content: {
        'application/problem+json': components['schemas']['Problem'];
      };
    };
    /** @description `INVITATION_REFUSED`: The invitation is unknown, expired, used or revoked */
    INVITATION_REFUSED: {
      headers: {
        'X-Request-Id': components['headers']['X-Request-Id'];
        RateLimit: components['headers']['RateLimit'];
        'RateLimit-Policy': components['headers']['RateLimit-Policy'];
        [name: string]: unknown;
      };
      content: {
        'application/problem+json': components['schemas']['Problem'];
      };
    };
    /** @description `JOIN_TOKEN_REFUSED`: The join token is unknown, expired, used up or revoked */
    JOIN_TOKEN_REFUSED: {
      headers: {
        'X-Request-Id': components['headers']['X-Request-Id'];
        RateLimit: components['headers']['RateLimit'];
        'RateLimit-Policy': components['headers']['RateLimit-Policy'];
        [name: string]: unknown;
      };
      content: {
        'application/problem+json': components['schemas']['Problem'];
      };
    };
    /** @description `NOT_APPROVED`: The agent waits for an operator to approve it */
    NOT_APPROVED: {
      headers: {
        'X-Request-Id': components['headers']['X-Request-Id'];
        RateLimit: components['headers']['RateLimit'];
        'RateLimit-Policy': components['headers']['RateLimit-Policy'];
        'Retry-After': components['headers']['Retry-After'];
        [name: string]: unknown;
      };
      content: {
        'application/problem+json': components['schemas']['Problem'];
      };
    };
    /** @description `NOT_FOUND`: There is no such thing */
    NOT_FOUND: {
      headers: {
        'X-Request-Id': components['headers']['X-Request-Id'];
        RateLimit: components['headers']['RateLimit'];
        'RateLimit-Policy': components['headers']['RateLimit-Policy'];
        [name: string]: unknown;
      };
      content: {
        'application/problem+json': components['schemas']['Problem'];
      };
    };
    /** @description `NO_TARGET`: The target matches no agent */
    NO_TARGET: {
      headers: {
        'X-Request-Id': components['headers']['X-Request-Id'];
        RateLimit: components['headers']['RateLimit'];
        'RateLimit-Policy': components['headers']['RateLimit-Policy'];
        [name: string]: unknown;
      };
      content: {
        'application/problem+json': components['schemas']['Problem'];
      };
    };
    /** @description `PRECONDITION_FAILED`: The thing has changed since it was read (If-Match) */
    PRECONDITION_FAILED: {
      headers: {
        'X-Request-Id': components['headers']['X-Request-Id'];
        RateLimit: components['headers']['RateLimit'];
        'RateLimit-Policy': components['headers']['RateLimit-Policy'];
        [name: string]: unknown;
      };
      content: {
        'application/problem+json': components['schemas']['Problem'];
      };
    };
    /** @description `RATE_LIMITED`: Too many requests */
    RATE_LIMITED: {
      headers: {
        'X-Request-Id': components['headers']['X-Request-Id'];
        RateLimit: components['headers']['RateLimit'];
        'RateLimit-Policy': components['headers']['RateLimit-Policy'];
        'Retry-After': components['headers']['Retry-After'];
        [name: string]: unknown;
      };
      content: {
        'application/problem+json': components['schemas']['Problem'];
      };
    };
    /** @description `SIGN_IN_REFUSED`: The sign-in with the identity provider cannot be accepted */
    SIGN_IN_REFUSED: {
      headers: {
        'X-Request-Id': components['headers']['X-Request-Id'];
        RateLimit: components['headers']['RateLimit'];
        'RateLimit-Policy': components['headers']['RateLimit-Policy'];
        [name: string]: unknown;
      };
      content: {
        'application/problem+json': components['schemas']['Problem'];
      };
    };
    /** @description `TOO_LARGE`: The body is larger than 4 MiB */
    TOO_LARGE: {
      headers: {
        'X-Request-Id': components['headers']['X-Request-Id'];
        RateLimit: components['headers']['RateLimit'];
        'RateLimit-Policy': components['headers']['RateLimit-Policy'];
        [name: string]: unknown;
      };
      content: {
        'application/problem+json': components['schemas']['Problem'];
      };
    };
    /** @description `UNAUTHENTICATED`: No valid session or token */
    UNAUTHENTICATED: {
      headers: {
        'X-Request-Id': components['headers']['X-Request-Id'];
        RateLimit: components['headers']['RateLimit'];
        'RateLimit-Policy': components['headers']['RateLimit-Policy'];
        [name: string]: unknown;
      };
      content: {
        'application/problem+json': components['schemas']['Problem'];
      };
    };
    /** @description `UNAVAILABLE`: A part of the system is away for the moment */
    UNAVAILABLE: {
      headers: {
        'X-Request-Id': components['headers']['X-Request-Id'];
        RateLimit: components['headers']['RateLimit'];
        'RateLimit-Policy': components['headers']['RateLimit-Policy'];
        'Retry-After': components['headers']['Retry-After'];
        [name: string]: unknown;
      };
      content: {
        'application/problem+json': components['schemas']['Problem'];
      };
    };
    /** @description `UNSUPPORTED_MEDIA_TYPE`: The body is not JSON */
    UNSUPPORTED_MEDIA_TYPE: {
      headers: {
        'X-Request-Id': components['headers']['X-Request-Id'];
        RateLimit: components['headers']['RateLimit'];
        'RateLimit-Policy': components['headers']['RateLimit-Policy'];
        [name: string]: unknown;
      };
      content: {
        'application/problem+json': components['schemas']['Problem'];
      };
    };
    /** @description `WRONG_STATE`: The state of the thing does not allow this */
    WRONG_STATE: {
      headers: {
        'X-Request-Id': components['headers']['X-Request-Id'];
        RateLimit: components['headers']['RateLimit'];
        'RateLimit-Policy': components['headers']['RateLimit-Policy'];
        [name: string]: unknown;
      };
      content: {
        'application/problem+json': components['schemas']['Problem'];
      };
    };
    /** @description `WRONG_STATE`: The state of the thing does not allow this. `IDEMPOTENCY_MISMATCH`: The Idempotency-Key was used with another request */
    'WRONG_STATE-IDEMPOTENCY_MISMATCH': {
      headers: {
        'X-Request-Id': components['headers']['X-Request-Id'];
        RateLimit: components['headers']['RateLimit'];
        'RateLimit-Policy': components['headers']['RateLimit-Policy'];
        [name: string]: unknown;
      };
      content: {
        'application/problem+json': components['schemas']['Problem'];
      };
    };
    /** @description `WRONG_STATE`: The state of the thing does not allow this. `IDEMPOTENCY_MISMATCH`: The Idempotency-Key was used with another request. `SECRET_SHOWN_ONCE`: The request was answered before, and its secret is never shown again */
    'WRONG_STATE-IDEMPOTENCY_MISMATCH-SECRET_SHOWN_ONCE': {
      headers: {
        'X-Request-Id': components['headers']['X-Request-Id'];
        RateLimit: components['headers']['RateLimit'];
        'RateLimit-Policy': components['headers']['RateLimit-Policy'];
        [name: string]: unknown;
      };
      content: {
        'application/problem+json': components['schemas']['Problem'];
      };
    };
  };
  parameters: {
    /** @description W3C trace context: the trace goes on in all that the request causes, and `traceId` of a problem is its id */
    traceparent: string;
    /** @description Any name for the request, which its answer repeats; one with other characters is left out */
    'X-Request-Id': string;
  };
  requestBodies: never;
  headers: {
    /** @description Names this request: as it was sent, else the id of its trace */
    'X-Request-Id': string;
    /** @description How many requests are left, and after how many seconds all of them are back; where a limit is set */
    RateLimit: string;
    /** @description So many requests in so many seconds */
    'RateLimit-Policy': string;
    /** @description The same request may succeed after so many seconds */
    'Retry-After': number;
  };
  pathItems: never;
}
export type Agent = components['schemas']['Agent'];
export type AgentCredentials = components['schemas']['AgentCredentials'];
export type AgentKind = components['schemas']['AgentKind'];
export type ApiToken = components['schemas']['ApiToken'];
export type ApplyResource = components['schemas']['ApplyResource'];
export type AskCredentials = components['schemas']['AskCredentials'];
export type Attempt = components['schemas']['Attempt'];
export type AuditPublicKeys = components['schemas']['AuditPublicKeys'];
export type AuditRecord = components['schemas']['AuditRecord'];
export type Batch = components['schemas']['Batch'];
export type BatchInput = components['schemas']['BatchInput'];
export type Callback = components['schemas']['Callback'];
export type CallbackInput = components['schemas']['CallbackInput'];
export type ChangePassword = components['schemas']['ChangePassword'];
export type CheckedHealth = components['schemas']['CheckedHealth'];
export type ConcurrencyKey = components['schemas']['ConcurrencyKey'];
export type CreateApiToken = components['schemas']['CreateApiToken'];
export type CreateCredential = components['schemas']['CreateCredential'];
export type CreateInvitation = components['schemas']['CreateInvitation'];
export type CreateJoinToken = components['schemas']['CreateJoinToken'];
export type CreateResource = components['schemas']['CreateResource'];
export type CreateSchedule = components['schemas']['CreateSchedule'];
export type CreateSession = components['schemas']['CreateSession'];
export type CreateSource = components['schemas']['CreateSource'];
export type CreateTask = components['schemas']['CreateTask'];
export type CreateTasks = components['schemas']['CreateTasks'];
export type CreateUser = components['schemas']['CreateUser'];
export type CreateWebhook = components['schemas']['CreateWebhook'];
export type CreateZone = components['schemas']['CreateZone'];
export type CreatedApiToken = components['schemas']['CreatedApiToken'];
export type CreatedInvitation = components['schemas']['CreatedInvitation'];
export type CreatedJoinToken = components['schemas']['CreatedJoinToken'];
export type CreatedSession = components['schemas']['CreatedSession'];
export type CreatedTask = components['schemas']['CreatedTask'];
export type CreatedUser = components['schemas']['CreatedUser'];
export type Credential = components['schemas']['Credential'];
export type CredentialUse = components['schemas']['CredentialUse'];
export type CredentialUseInput = components['schemas']['CredentialUseInput'];
export type Delivery = components['schemas']['Delivery'];
export type DestroyResource = components['schemas']['DestroyResource'];
export type Enroll = components['schemas']['Enroll'];
export type Enrolled = components['schemas']['Enrolled'];
export type Event = components['schemas']['Event'];
export type EventGap = components['schemas']['EventGap'];
export type FinishOidc = components['schemas']['FinishOidc'];
export type Fire = components['schemas']['Fire'];
export type Grant = components['schemas']['Grant'];
export type GrantGiven = components['schemas']['GrantGiven'];
export type HandOver = components['schemas']['HandOver'];
export type Headless = components['schemas']['Headless'];
export type HostFacts = components['schemas']['HostFacts'];
export type HostFactsInput = components['schemas']['HostFactsInput'];
export type Identity = components['schemas']['Identity'];
export type IdentityList = components['schemas']['IdentityList'];
export type Incident = components['schemas']['Incident'];
export type Invitation = components['schemas']['Invitation'];
export type JoinToken = components['schemas']['JoinToken'];
export type LinkIdentity = components['schemas']['LinkIdentity'];
export type LintRecipe = components['schemas']['LintRecipe'];
export type LintReport = components['schemas']['LintReport'];
export type ObservedPart = components['schemas']['ObservedPart'];
export type OidcOffer = components['schemas']['OidcOffer'];
export type Operation = components['schemas']['Operation'];
export type OperationStep = components['schemas']['OperationStep'];
export type OutputChunk = components['schemas']['OutputChunk'];
export type PinnedRecipe = components['schemas']['PinnedRecipe'];
export type Plan = components['schemas']['Plan'];
export type PlanChange = components['schemas']['PlanChange'];
export type PreviewTarget = components['schemas']['PreviewTarget'];
export type Primary = components['schemas']['Primary'];
export type Problem = components['schemas']['Problem'];
export type Reason = components['schemas']['Reason'];
export type Recipe = components['schemas']['Recipe'];
export type RecipeFault = components['schemas']['RecipeFault'];
export type RecipeSummary = components['schemas']['RecipeSummary'];
export type RenewedSession = components['schemas']['RenewedSession'];
export type ResetPassword = components['schemas']['ResetPassword'];
export type Resource = components['schemas']['Resource'];
export type RetryPolicy = components['schemas']['RetryPolicy'];
export type RetryPolicyInput = components['schemas']['RetryPolicyInput'];
export type RetryTask = components['schemas']['RetryTask'];
export type Revision = components['schemas']['Revision'];
export type RollbackResource = components['schemas']['RollbackResource'];
export type Run = components['schemas']['Run'];
export type Schedule = components['schemas']['Schedule'];
export type ScrapeTarget = components['schemas']['ScrapeTarget'];
export type Session = components['schemas']['Session'];
export type SetConcurrencyKey = components['schemas']['SetConcurrencyKey'];
export type SignUp = components['schemas']['SignUp'];
export type SignedPlace = components['schemas']['SignedPlace'];
export type Source = components['schemas']['Source'];
export type SourceRef = components['schemas']['SourceRef'];
export type StartOidc = components['schemas']['StartOidc'];
export type StartedOidc = components['schemas']['StartedOidc'];
export type Step = components['schemas']['Step'];
export type StepInput = components['schemas']['StepInput'];
export type StepResult = components['schemas']['StepResult'];
export type StreamEnd = components['schemas']['StreamEnd'];
export type Target = components['schemas']['Target'];
export type TargetInput = components['schemas']['TargetInput'];
export type TargetPreview = components['schemas']['TargetPreview'];
export type Task = components['schemas']['Task'];
export type TaskTemplate = components['schemas']['TaskTemplate'];
export type TaskTemplateInput = components['schemas']['TaskTemplateInput'];
export type Term = components['schemas']['Term'];
export type UpdateAgent = components['schemas']['UpdateAgent'];
export type UpdateApiToken = components['schemas']['UpdateApiToken'];
export type UpdateCredential = components['schemas']['UpdateCredential'];
export type UpdateMe = components['schemas']['UpdateMe'];
export type UpdateResource = components['schemas']['UpdateResource'];
export type UpdateSchedule = components['schemas']['UpdateSchedule'];
export type UpdateSource = components['schemas']['UpdateSource'];
export type UpdateUser = components['schemas']['UpdateUser'];
export type UpdateWebhook = components['schemas']['UpdateWebhook'];
export type UpdateZone = components['schemas']['UpdateZone'];
export type User = components['schemas']['User'];
export type Webhook = components['schemas']['Webhook'];
export type WorkerTarget = components['schemas']['WorkerTarget'];
export type Zone = components['schemas']['Zone'];
export type ResponseAgentRemoved = components['responses']['AGENT_REMOVED'];
export type ResponseBadCredentials = components['responses']['BAD_CREDENTIALS'];
export type ResponseBadRequest = components['responses']['BAD_REQUEST'];
export type ResponseConflict = components['responses']['CONFLICT'];
export type ResponseConflictIdempotencyMismatch = components['responses']['CONFLICT-IDEMPOTENCY_MISMATCH'];
export type ResponseConflictIdempotencyMismatchSecretShownOnce = components['responses']['CONFLICT-IDEMPOTENCY_MISMATCH-SECRET_SHOWN_ONCE'];
export type ResponseConflictWrongState = components['responses']['CONFLICT-WRONG_STATE'];
export type ResponseConflictWrongStateIdempotencyMismatch = components['responses']['CONFLICT-WRONG_STATE-IDEMPOTENCY_MISMATCH'];
export type ResponseForbidden = components['responses']['FORBIDDEN'];
export type ResponseIdempotencyMismatch = components['responses']['IDEMPOTENCY_MISMATCH'];
export type ResponseIdempotencyMismatchSecretShownOnce = components['responses']['IDEMPOTENCY_MISMATCH-SECRET_SHOWN_ONCE'];
export type ResponseInternal = components['responses']['INTERNAL'];
export type ResponseInvitationRefused = components['responses']['INVITATION_REFUSED'];
export type ResponseJoinTokenRefused = components['responses']['JOIN_TOKEN_REFUSED'];
export type ResponseNotApproved = components['responses']['NOT_APPROVED'];
export type ResponseNotFound = components['responses']['NOT_FOUND'];
export type ResponseNoTarget = components['responses']['NO_TARGET'];
export type ResponsePreconditionFailed = components['responses']['PRECONDITION_FAILED'];
export type ResponseRateLimited = components['responses']['RATE_LIMITED'];
export type ResponseSignInRefused = components['responses']['SIGN_IN_REFUSED'];
export type ResponseTooLarge = components['responses']['TOO_LARGE'];
export type ResponseUnauthenticated = components['responses']['UNAUTHENTICATED'];
export type ResponseUnavailable = components['responses']['UNAVAILABLE'];
export type ResponseUnsupportedMediaType = components['responses']['UNSUPPORTED_MEDIA_TYPE'];
export type ResponseWrongState = components['responses']['WRONG_STATE'];
export type ResponseWrongStateIdempotencyMismatch = components['responses']['WRONG_STATE-IDEMPOTENCY_MISMATCH'];
export type ResponseWrongStateIdempotencyMismatchSecretShownOnce =
  components['responses']['WRONG_STATE-IDEMPOTENCY_MISMATCH-SECRET_SHOWN_ONCE'];
export type ParameterTraceparent = components['parameters']['traceparent'];
export type ParameterXRequestId = components['parameters']['X-Request-Id'];
export type HeaderXRequestId = components['headers']['X-Request-Id'];
export type HeaderRateLimit = components['headers']['RateLimit'];
export type HeaderRateLimitPolicy = components['headers']['RateLimit-Policy'];
export type HeaderRetryAfter = components['headers']['Retry-After'];
export type $defs = Record<string, never>;
export interface operations {
  listZones: {
    parameters: {
      query?: {
        /** @description items a page */
        limit?: number;
        /** @description `nextCursor` of the page before; the order stays, whatever is made or removed meanwhile */
        cursor?: string;
      };
      header?: {
        /** @description W3C trace context: the trace goes on in all that the request causes, and `traceId` of a problem is its id */
        traceparent?: components['parameters']['traceparent'];
        /** @description Any name for the request, which its answer repeats; one with other characters is left out */
        'X-Request-Id'?: components['parameters']['X-Request-Id'];
      };
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description As asked for */
      200: {
        headers: {
          'X-Request-Id': components['headers']['X-Request-Id'];
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Policy': components['headers']['RateLimit-Policy'];
          [name: string]: unknown;
        };
        content: {
          'application/json': {
            items: components['schemas']['Zone'][];
            /** @description `cursor` of the next page; null where this is the last one */
            nextCursor: string | null;
          };
        };
      };
      400: components['responses']['BAD_REQUEST'];
      401: components['responses']['UNAUTHENTICATED'];
      403: components['responses']['FORBIDDEN'];
      404: components['responses']['NOT_FOUND'];
      429: components['responses']['RATE_LIMITED'];
      500: components['responses']['INTERNAL'];
      503: components['responses']['UNAVAILABLE'];
    };
  };
  createZone: {
    parameters: {
      query?: never;
      header?: {
        /** @description Makes a repeated request answer as the first one did; with another request it is 409 */
        'Idempotency-Key'?: string;
        /** @description W3C trace context: the trace goes on in all that the request causes, and `traceId` of a problem is its id */
        traceparent?: components['parameters']['traceparent'];
        /** @description Any name for the request, which its answer repeats; one with other characters is left out */
        'X-Request-Id'?: components['parameters']['X-Request-Id'];
      };
      path?: never;
      cookie?: never;
    };
    requestBody: {
      content: {
        'application/json': components['schemas']['CreateZone'];
      };
    };
    responses: {
      /** @description Made */
      201: {
        headers: {
          /** @description The revision of the thing, for `If-Match` */
          ETag?: string;
          'X-Request-Id': components['headers']['X-Request-Id'];
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Policy': components['headers']['RateLimit-Policy'];
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Zone'];
        };
      };
      400: components['responses']['BAD_REQUEST'];
      401: components['responses']['UNAUTHENTICATED'];
      403: components['responses']['FORBIDDEN'];
      409: components['responses']['CONFLICT-IDEMPOTENCY_MISMATCH'];
      413: components['responses']['TOO_LARGE'];
      415: components['responses']['UNSUPPORTED_MEDIA_TYPE'];
      429: components['responses']['RATE_LIMITED'];
      500: components['responses']['INTERNAL'];
      503: components['responses']['UNAVAILABLE'];
    };
  };
  getZone: {
    parameters: {
      query?: never;
      header?: {
        /** @description W3C trace context: the trace goes on in all that the request causes, and `traceId` of a problem is its id */
        traceparent?: components['parameters']['traceparent'];
        /** @description Any name for the request, which its answer repeats; one with other characters is left out */
        'X-Request-Id'?: components['parameters']['X-Request-Id'];
      };
      path: {
        /** @description id or name of a zone */
        zone: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description As asked for */
      200: {
        headers: {
          /** @description The revision of the thing, for `If-Match` */
          ETag?: string;
          'X-Request-Id': components['headers']['X-Request-Id'];
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Policy': components['headers']['RateLimit-Policy'];
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Zone'];
        };
      };
      400: components['responses']['BAD_REQUEST'];
      401: components['responses']['UNAUTHENTICATED'];
      403: components['responses']['FORBIDDEN'];
      404: components['responses']['NOT_FOUND'];
      429: components['responses']['RATE_LIMITED'];
      500: components['responses']['INTERNAL'];
      503: components['responses']['UNAVAILABLE'];
    };
  };
  deleteZone: {
    parameters: {
      query?: {
        /** @description also with agents or open tasks: they are canceled, told and cut off */
        force?: 'true' | 'false';
      };
      header?: {
        /** @description The ETag of the thing as it was read; where it has changed since, nothing is done and the answer is 412 */
        'If-Match'?: string;
        /** @description W3C trace context: the trace goes on in all that the request causes, and `traceId` of a problem is its id */
        traceparent?: components['parameters']['traceparent'];
        /** @description Any name for the request, which its answer repeats; one with other characters is left out */
        'X-Request-Id'?: components['parameters']['X-Request-Id'];
      };
      path: {
        /** @description id or name of a zone */
        zone: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Done; there is nothing to tell */
      204: {
        headers: {
          'X-Request-Id': components['headers']['X-Request-Id'];
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Policy': components['headers']['RateLimit-Policy'];
          [name: string]: unknown;
        };
        content?: never;
      };
      400: components['responses']['BAD_REQUEST'];
      401: components['responses']['UNAUTHENTICATED'];
      403: components['responses']['FORBIDDEN'];
      404: components['responses']['NOT_FOUND'];
      409: components['responses']['WRONG_STATE'];
      412: components['responses']['PRECONDITION_FAILED'];
      413: components['responses']['TOO_LARGE'];
      415: components['responses']['UNSUPPORTED_MEDIA_TYPE'];
      429: components['responses']['RATE_LIMITED'];
      500: components['responses']['INTERNAL'];
      503: components['responses']['UNAVAILABLE'];
    };
  };
  updateZone: {
    parameters: {
      query?: never;
      header?: {
        /** @description The ETag of the thing as it was read; where it has changed since, nothing is done and the answer is 412 */
        'If-Match'?: string;
        /** @description W3C trace context: the trace goes on in all that the request causes, and `traceId` of a problem is its id */
        traceparent?: components['parameters']['traceparent'];
        /** @description Any name for the request, which its answer repeats; one with other characters is left out */
        'X-Request-Id'?: components['parameters']['X-Request-Id'];
      };
      path: {
        /** @description id or name of a zone */
        zone: string;
      };
      cookie?: never;
    };
    requestBody: {
      content: {
        'application/json': components['schemas']['UpdateZone'];
      };
    };
    responses: {
      /** @description Done */
      200: {
        headers: {
          /** @description The revision of the thing, for `If-Match` */
          ETag?: string;
          'X-Request-Id': components['headers']['X-Request-Id'];
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Policy': components['headers']['RateLimit-Policy'];
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Zone'];
        };
      };
      400: components['responses']['BAD_REQUEST'];
      401: components['responses']['UNAUTHENTICATED'];
      403: components['responses']['FORBIDDEN'];
      404: components['responses']['NOT_FOUND'];
      412: components['responses']['PRECONDITION_FAILED'];
      413: components['responses']['TOO_LARGE'];
      415: components['responses']['UNSUPPORTED_MEDIA_TYPE'];
      429: components['responses']['RATE_LIMITED'];
      500: components['responses']['INTERNAL'];
      503: components['responses']['UNAVAILABLE'];
    };
  };
  listJoinTokens: {
    parameters: {
      query?: {
        /** @description items a page */
        limit?: number;
        /** @description `nextCursor` of the page before; the order stays, whatever is made or removed meanwhile */
        cursor?: string;
      };
      header?: {
        /** @description W3C trace context: the trace goes on in all that the request causes, and `traceId` of a problem is its id */
        traceparent?: components['parameters']['traceparent'];
        /** @description Any name for the request, which its answer repeats; one with other characters is left out */
        'X-Request-Id'?: components['parameters']['X-Request-Id'];
      };
      path: {
        /** @description id or name of a zone */
        zone: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description As asked for */
      200: {
        headers: {
          'X-Request-Id': components['headers']['X-Request-Id'];
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Policy': components['headers']['RateLimit-Policy'];
          [name: string]: unknown;
        };
        content: {
          'application/json': {
            items: components['schemas']['JoinToken'][];
            /** @description `cursor` of the next page; null where this is the last one */
            nextCursor: string | null;
          };
        };
      };
      400: components['responses']['BAD_REQUEST'];
      401: components['responses']['UNAUTHENTICATED'];
      403: components['responses']['FORBIDDEN'];
      404: components['responses']['NOT_FOUND'];
      429: components['responses']['RATE_LIMITED'];
      500: components['responses']['INTERNAL'];
      503: components['responses']['UNAVAILABLE'];
    };
  };
  createJoinToken: {
    parameters: {
      query?: never;
      header?: {
        /** @description Makes a repeated request answer as the first one did; with another request it is 409 */
        'Idempotency-Key'?: string;
        /** @description W3C trace context: the trace goes on in all that the request causes, and `traceId` of a problem is its id */
        traceparent?: components['parameters']['traceparent'];
        /** @description Any name for the request, which its answer repeats; one with other characters is left out */
        'X-Request-Id'?: components['parameters']['X-Request-Id'];
      };
      path: {
        /** @description id or name of a zone */
        zone: string;
      };
      cookie?: never;
    };
    requestBody?: {
      content: {
        'application/json': components['schemas']['CreateJoinToken'];
      };
    };
    responses: {
      /** @description Made */
      201: {
        headers: {
          'X-Request-Id': components['headers']['X-Request-Id'];
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Policy': components['headers']['RateLimit-Policy'];
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['CreatedJoinToken'];
        };
      };
      400: components['responses']['BAD_REQUEST'];
      401: components['responses']['UNAUTHENTICATED'];
      403: components['responses']['FORBIDDEN'];
      404: components['responses']['NOT_FOUND'];
      409: components['responses']['IDEMPOTENCY_MISMATCH-SECRET_SHOWN_ONCE'];
      413: components['responses']['TOO_LARGE'];
      415: components['responses']['UNSUPPORTED_MEDIA_TYPE'];
      429: components['responses']['RATE_LIMITED'];
      500: components['responses']['INTERNAL'];
      503: components['responses']['UNAVAILABLE'];
    };
  };
  revokeJoinToken: {
    parameters: {
      query?: never;
      header?: {
        /** @description W3C trace context: the trace goes on in all that the request causes, and `traceId` of a problem is its id */
        traceparent?: components['parameters']['traceparent'];
        /** @description Any name for the request, which its answer repeats; one with other characters is left out */
        'X-Request-Id'?: components['parameters']['X-Request-Id'];
      };
      path: {
        /** @description id or name of a zone */
        zone: string;
        id: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Done; there is nothing to tell */
      204: {
        headers: {
          'X-Request-Id': components['headers']['X-Request-Id'];
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Policy': components['headers']['RateLimit-Policy'];
          [name: string]: unknown;
        };
        content?: never;
      };
      400: components['responses']['BAD_REQUEST'];
      401: components['responses']['UNAUTHENTICATED'];
      403: components['responses']['FORBIDDEN'];
      404: components['responses']['NOT_FOUND'];
      413: components['responses']['TOO_LARGE'];
      415: components['responses']['UNSUPPORTED_MEDIA_TYPE'];
      429: components['responses']['RATE_LIMITED'];
      500: components['responses']['INTERNAL'];
      503: components['responses']['UNAVAILABLE'];
    };
  };
  getPrimary: {
    parameters: {
      query?: never;
      header?: {
        /** @description W3C trace context: the trace goes on in all that the request causes, and `traceId` of a problem is its id */
        traceparent?: components['parameters']['traceparent'];
        /** @description Any name for the request, which its answer repeats; one with other characters is left out */
        'X-Request-Id'?: components['parameters']['X-Request-Id'];
      };
      path: {
        /** @description id or name of a zone */
        zone: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description As asked for */
      200: {
        headers: {
          'X-Request-Id': components['headers']['X-Request-Id'];
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Policy': components['headers']['RateLimit-Policy'];
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Primary'] | null;
        };
      };
      400: components['responses']['BAD_REQUEST'];
      401: components['responses']['UNAUTHENTICATED'];
      403: components['responses']['FORBIDDEN'];
      404: components['responses']['NOT_FOUND'];
      429: components['responses']['RATE_LIMITED'];
      500: components['responses']['INTERNAL'];
      503: components['responses']['UNAVAILABLE'];
    };
  };
  listTerms: {
    parameters: {
      query?: {
        /** @description items a page */
        limit?: number;
        /** @description `nextCursor` of the page before; the order stays, whatever is made or removed meanwhile */
        cursor?: string;
      };
      header?: {
        /** @description W3C trace context: the trace goes on in all that the request causes, and `traceId` of a problem is its id */
        traceparent?: components['parameters']['traceparent'];
        /** @description Any name for the request, which its answer repeats; one with other characters is left out */
        'X-Request-Id'?: components['parameters']['X-Request-Id'];
      };
      path: {
        /** @description id or name of a zone */
        zone: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description As asked for */
      200: {
        headers: {
          'X-Request-Id': components['headers']['X-Request-Id'];
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Policy': components['headers']['RateLimit-Policy'];
          [name: string]: unknown;
        };
        content: {
          'application/json': {
            items: components['schemas']['Term'][];
            /** @description `cursor` of the next page; null where this is the last one */
            nextCursor: string | null;
          };
        };
      };
      400: components['responses']['BAD_REQUEST'];
      401: components['responses']['UNAUTHENTICATED'];
      403: components['responses']['FORBIDDEN'];
      404: components['responses']['NOT_FOUND'];
      429: components['responses']['RATE_LIMITED'];
      500: components['responses']['INTERNAL'];
      503: components['responses']['UNAVAILABLE'];
    };
  };
  handOverPrimary: {
    parameters: {
      query?: never;
      header?: {
        /** @description Makes a repeated request answer as the first one did; with another request it is 409 */
        'Idempotency-Key'?: string;
        /** @description W3C trace context: the trace goes on in all that the request causes, and `traceId` of a problem is its id */
        traceparent?: components['parameters']['traceparent'];
        /** @description Any name for the request, which its answer repeats; one with other characters is left out */
        'X-Request-Id'?: components['parameters']['X-Request-Id'];
      };
      path: {
        /** @description id or name of a zone */
        zone: string;
      };
      cookie?: never;
    };
    requestBody?: {
      content: {
        'application/json': components['schemas']['HandOver'];
      };
    };
    responses: {
      /** @description Taken on: the answer tells how things stand now */
      202: {
        headers: {
          'X-Request-Id': components['headers']['X-Request-Id'];
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Policy': components['headers']['RateLimit-Policy'];
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Primary'];
        };
      };
      400: components['responses']['BAD_REQUEST'];
      401: components['responses']['UNAUTHENTICATED'];
      403: components['responses']['FORBIDDEN'];
      404: components['responses']['NOT_FOUND'];
      409: components['responses']['WRONG_STATE-IDEMPOTENCY_MISMATCH'];
      413: components['responses']['TOO_LARGE'];
      415: components['responses']['UNSUPPORTED_MEDIA_TYPE'];
      422: components['responses']['NO_TARGET'];
      429: components['responses']['RATE_LIMITED'];
      500: components['responses']['INTERNAL'];
      503: components['responses']['UNAVAILABLE'];
    };
  };
  listIncidents: {
    parameters: {
      query?: {
        /** @description items a page */
        limit?: number;
        /** @description `nextCursor` of the page before; the order stays, whatever is made or removed meanwhile */
        cursor?: string;
        /** @description id or name of a zone */
        zone?: string;
        open?: 'true' | 'false';
      };
      header?: {
        /** @description W3C trace context: the trace goes on in all that the request causes, and `traceId` of a problem is its id */
        traceparent?: components['parameters']['traceparent'];
        /** @description Any name for the request, which its answer repeats; one with other characters is left out */
        'X-Request-Id'?: components['parameters']['X-Request-Id'];
      };
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description As asked for */
      200: {
        headers: {
          'X-Request-Id': components['headers']['X-Request-Id'];
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Policy': components['headers']['RateLimit-Policy'];
          [name: string]: unknown;
        };
        content: {
          'application/json': {
            items: components['schemas']['Incident'][];
            /** @description `cursor` of the next page; null where this is the last one */
            nextCursor: string | null;
          };
        };
      };
      400: components['responses']['BAD_REQUEST'];
      401: components['responses']['UNAUTHENTICATED'];
      403: components['responses']['FORBIDDEN'];
      404: components['responses']['NOT_FOUND'];
      429: components['responses']['RATE_LIMITED'];
      500: components['responses']['INTERNAL'];
      503: components['responses']['UNAVAILABLE'];
    };
  };
  closeIncident: {
    parameters: {
      query?: never;
      header?: {
        /** @description Makes a repeated request answer as the first one did; with another request it is 409 */
        'Idempotency-Key'?: string;
        /** @description W3C trace context: the trace goes on in all that the request causes, and `traceId` of a problem is its id */
        traceparent?: components['parameters']['traceparent'];
        /** @description Any name for the request, which its answer repeats; one with other characters is left out */
        'X-Request-Id'?: components['parameters']['X-Request-Id'];
      };
      path: {
        id: string;
      };
      cookie?: never;
    };
    requestBody?: {
      content: {
        'application/json': Record<string, never>;
      };
    };
    responses: {
      /** @description Taken on: the answer tells how things stand now */
      202: {
        headers: {
          'X-Request-Id': components['headers']['X-Request-Id'];
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Policy': components['headers']['RateLimit-Policy'];
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Incident'];
        };
      };
      400: components['responses']['BAD_REQUEST'];
      401: components['responses']['UNAUTHENTICATED'];
      403: components['responses']['FORBIDDEN'];
      404: components['responses']['NOT_FOUND'];
      409: components['responses']['WRONG_STATE-IDEMPOTENCY_MISMATCH'];
      413: components['responses']['TOO_LARGE'];
      415: components['responses']['UNSUPPORTED_MEDIA_TYPE'];
      429: components['responses']['RATE_LIMITED'];
      500: components['responses']['INTERNAL'];
      503: components['responses']['UNAVAILABLE'];
    };
  };
  listAgents: {
    parameters: {
      query?: {
        /** @description items a page */
        limit?: number;
        /** @description `nextCursor` of the page before; the order stays, whatever is made or removed meanwhile */
        cursor?: string;
        /** @description id or name of a zone */
        zone?: string;
        /** @description `agent` if not given */
        kind?: components['schemas']['AgentKind'];
        status?: 'pending' | 'online' | 'suspect' | 'lost' | 'suspended' | 'drained' | 'left';
        label?: string;
      };
      header?: {
        /** @description W3C trace context: the trace goes on in all that the request causes, and `traceId` of a problem is its id */
        traceparent?: components['parameters']['traceparent'];
        /** @description Any name for the request, which its answer repeats; one with other characters is left out */
        'X-Request-Id'?: components['parameters']['X-Request-Id'];
      };
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description As asked for */
      200: {
        headers: {
          'X-Request-Id': components['headers']['X-Request-Id'];
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Policy': components['headers']['RateLimit-Policy'];
          [name: string]: unknown;
        };
        content: {
          'application/json': {
            items: components['schemas']['Agent'][];
            /** @description `cursor` of the next page; null where this is the last one */
            nextCursor: string | null;
          };
        };
      };
      400: components['responses']['BAD_REQUEST'];
      401: components['responses']['UNAUTHENTICATED'];
      403: components['responses']['FORBIDDEN'];
      404: components['responses']['NOT_FOUND'];
      429: components['responses']['RATE_LIMITED'];
      500: components['responses']['INTERNAL'];
      503: components['responses']['UNAVAILABLE'];
    };
  };
  getAgent: {
    parameters: {
      query?: never;
      header?: {
        /** @description W3C trace context: the trace goes on in all that the request causes, and `traceId` of a problem is its id */
        traceparent?: components['parameters']['traceparent'];
        /** @description Any name for the request, which its answer repeats; one with other characters is left out */
        'X-Request-Id'?: components['parameters']['X-Request-Id'];
      };
      path: {
        id: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description As asked for */
      200: {
        headers: {
          /** @description The revision of the thing, for `If-Match` */
          ETag?: string;
          'X-Request-Id': components['headers']['X-Request-Id'];
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Policy': components['headers']['RateLimit-Policy'];
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Agent'];
        };
      };
      400: components['responses']['BAD_REQUEST'];
      401: components['responses']['UNAUTHENTICATED'];
      403: components['responses']['FORBIDDEN'];
      404: components['responses']['NOT_FOUND'];
      429: components['responses']['RATE_LIMITED'];
      500: components['responses']['INTERNAL'];
      503: components['responses']['UNAVAILABLE'];
    };
  };
  deleteAgent: {
    parameters: {
      query?: never;
      header?: {
        /** @description The ETag of the thing as it was read; where it has changed since, nothing is done and the answer is 412 */
        'If-Match'?: string;
        /** @description W3C trace context: the trace goes on in all that the request causes, and `traceId` of a problem is its id */
        traceparent?: components['parameters']['traceparent'];
        /** @description Any name for the request, which its answer repeats; one with other characters is left out */
        'X-Request-Id'?: components['parameters']['X-Request-Id'];
      };
      path: {
        id: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Done; there is nothing to tell */
      204: {
        headers: {
          'X-Request-Id': components['headers']['X-Request-Id'];
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Policy': components['headers']['RateLimit-Policy'];
          [name: string]: unknown;
        };
        content?: never;
      };
      400: components['responses']['BAD_REQUEST'];
      401: components['responses']['UNAUTHENTICATED'];
      403: components['responses']['FORBIDDEN'];
      404: components['responses']['NOT_FOUND'];
      412: components['responses']['PRECONDITION_FAILED'];
      413: components['responses']['TOO_LARGE'];
      415: components['responses']['UNSUPPORTED_MEDIA_TYPE'];
      429: components['responses']['RATE_LIMITED'];
      500: components['responses']['INTERNAL'];
      503: components['responses']['UNAVAILABLE'];
    };
  };
  updateAgent: {
    parameters: {
      query?: never;
      header?: {
        /** @description The ETag of the thing as it was read; where it has changed since, nothing is done and the answer is 412 */
        'If-Match'?: string;
        /** @description W3C trace context: the trace goes on in all that the request causes, and `traceId` of a problem is its id */
        traceparent?: components['parameters']['traceparent'];
        /** @description Any name for the request, which its answer repeats; one with other characters is left out */
        'X-Request-Id'?: components['parameters']['X-Request-Id'];
      };
      path: {
        id: string;
      };
      cookie?: never;
    };
    requestBody: {
      content: {
        'application/json': components['schemas']['UpdateAgent'];
      };
    };
    responses: {
      /** @description Done */
      200: {
        headers: {
          /** @description The revision of the thing, for `If-Match` */
          ETag?: string;
          'X-Request-Id': components['headers']['X-Request-Id'];
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Policy': components['headers']['RateLimit-Policy'];
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Agent'];
        };
      };
      400: components['responses']['BAD_REQUEST'];
      401: components['responses']['UNAUTHENTICATED'];
      403: components['responses']['FORBIDDEN'];
      404: components['responses']['NOT_FOUND'];
      412: components['responses']['PRECONDITION_FAILED'];
      413: components['responses']['TOO_LARGE'];
      415: components['responses']['UNSUPPORTED_MEDIA_TYPE'];
      429: components['responses']['RATE_LIMITED'];
      500: components['responses']['INTERNAL'];
      503: components['responses']['UNAVAILABLE'];
    };
  };
  approveAgent: {
    parameters: {
      query?: never;
      header?: {
        /** @description Makes a repeated request answer as the first one did; with another request it is 409 */
        'Idempotency-Key'?: string;
        /** @description W3C trace context: the trace goes on in all that the request causes, and `traceId` of a problem is its id */
        traceparent?: components['parameters']['traceparent'];
        /** @description Any name for the request, which its answer repeats; one with other characters is left out */
        'X-Request-Id'?: components['parameters']['X-Request-Id'];
      };
      path: {
        id: string;
      };
      cookie?: never;
    };
    requestBody?: {
      content: {
        'application/json': Record<string, never>;
      };
    };
    responses: {
      /** @description Taken on: the answer tells how things stand now */
      202: {
        headers: {
          'X-Request-Id': components['headers']['X-Request-Id'];
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Policy': components['headers']['RateLimit-Policy'];
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Agent'];
        };
      };
      400: components['responses']['BAD_REQUEST'];
      401: components['responses']['UNAUTHENTICATED'];
      403: components['responses']['FORBIDDEN'];
      404: components['responses']['NOT_FOUND'];
      409: components['responses']['WRONG_STATE-IDEMPOTENCY_MISMATCH'];
      413: components['responses']['TOO_LARGE'];
      415: components['responses']['UNSUPPORTED_MEDIA_TYPE'];
      429: components['responses']['RATE_LIMITED'];
      500: components['responses']['INTERNAL'];
      503: components['responses']['UNAVAILABLE'];
    };
  };
  drainAgent: {
    parameters: {
      query?: never;
      header?: {
        /** @description Makes a repeated request answer as the first one did; with another request it is 409 */
        'Idempotency-Key'?: string;
        /** @description W3C trace context: the trace goes on in all that the request causes, and `traceId` of a problem is its id */
        traceparent?: components['parameters']['traceparent'];
        /** @description Any name for the request, which its answer repeats; one with other characters is left out */
        'X-Request-Id'?: components['parameters']['X-Request-Id'];
      };
      path: {
        id: string;
      };
      cookie?: never;
    };
    requestBody?: {
      content: {
        'application/json': Record<string, never>;
      };
    };
    responses: {
      /** @description Taken on: the answer tells how things stand now */
      202: {
        headers: {
          'X-Request-Id': components['headers']['X-Request-Id'];
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Policy': components['headers']['RateLimit-Policy'];
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Agent'];
        };
      };
      400: components['responses']['BAD_REQUEST'];
      401: components['responses']['UNAUTHENTICATED'];
      403: components['responses']['FORBIDDEN'];
      404: components['responses']['NOT_FOUND'];
      409: components['responses']['IDEMPOTENCY_MISMATCH'];
      413: components['responses']['TOO_LARGE'];
      415: components['responses']['UNSUPPORTED_MEDIA_TYPE'];
      429: components['responses']['RATE_LIMITED'];
      500: components['responses']['INTERNAL'];
      503: components['responses']['UNAVAILABLE'];
    };
  };
  undrainAgent: {
    parameters: {
      query?: never;
      header?: {
        /** @description Makes a repeated request answer as the first one did; with another request it is 409 */
        'Idempotency-Key'?: string;
        /** @description W3C trace context: the trace goes on in all that the request causes, and `traceId` of a problem is its id */
        traceparent?: components['parameters']['traceparent'];
        /** @description Any name for the request, which its answer repeats; one with other characters is left out */
        'X-Request-Id'?: components['parameters']['X-Request-Id'];
      };
      path: {
        id: string;
      };
      cookie?: never;
    };
    requestBody?: {
      content: {
        'application/json': Record<string, never>;
      };
    };
    responses: {
      /** @description Taken on: the answer tells how things stand now */
      202: {
        headers: {
          'X-Request-Id': components['headers']['X-Request-Id'];
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Policy': components['headers']['RateLimit-Policy'];
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Agent'];
        };
      };
      400: components['responses']['BAD_REQUEST'];
      401: components['responses']['UNAUTHENTICATED'];
      403: components['responses']['FORBIDDEN'];
      404: components['responses']['NOT_FOUND'];
      409: components['responses']['IDEMPOTENCY_MISMATCH'];
      413: components['responses']['TOO_LARGE'];
      415: components['responses']['UNSUPPORTED_MEDIA_TYPE'];
      429: components['responses']['RATE_LIMITED'];
      500: components['responses']['INTERNAL'];
      503: components['responses']['UNAVAILABLE'];
    };
  };
  enrollAgent: {
    parameters: {
      query?: never;
      header?: {
        /** @description W3C trace context: the trace goes on in all that the request causes, and `traceId` of a problem is its id */
        traceparent?: components['parameters']['traceparent'];
        /** @description Any name for the request, which its answer repeats; one with other characters is left out */
        'X-Request-Id'?: components['parameters']['X-Request-Id'];
      };
      path?: never;
      cookie?: never;
    };
    requestBody: {
      content: {
        'application/json': components['schemas']['Enroll'];
      };
    };
    responses: {
      /** @description Made */
      201: {
        headers: {
          'X-Request-Id': components['headers']['X-Request-Id'];
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Policy': components['headers']['RateLimit-Policy'];
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Enrolled'];
        };
      };
      400: components['responses']['BAD_REQUEST'];
      401: components['responses']['JOIN_TOKEN_REFUSED'];
      404: components['responses']['NOT_FOUND'];
      409: components['responses']['CONFLICT'];
      410: components['responses']['AGENT_REMOVED'];
      413: components['responses']['TOO_LARGE'];
      415: components['responses']['UNSUPPORTED_MEDIA_TYPE'];
      429: components['responses']['RATE_LIMITED'];
      500: components['responses']['INTERNAL'];
      503: components['responses']['UNAVAILABLE'];
    };
  };
  giveAgentCredentials: {
    parameters: {
      query?: never;
      header?: {
        /** @description W3C trace context: the trace goes on in all that the request causes, and `traceId` of a problem is its id */
        traceparent?: components['parameters']['traceparent'];
        /** @description Any name for the request, which its answer repeats; one with other characters is left out */
        'X-Request-Id'?: components['parameters']['X-Request-Id'];
      };
      path: {
        id: string;
      };
      cookie?: never;
    };
    requestBody: {
      content: {
        'application/json': components['schemas']['AskCredentials'];
      };
    };
    responses: {
      /** @description Made */
      201: {
        headers: {
          'X-Request-Id': components['headers']['X-Request-Id'];
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Policy': components['headers']['RateLimit-Policy'];
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['AgentCredentials'];
        };
      };
      400: components['responses']['BAD_REQUEST'];
      401: components['responses']['UNAUTHENTICATED'];
      404: components['responses']['NOT_FOUND'];
      409: components['responses']['NOT_APPROVED'];
      410: components['responses']['AGENT_REMOVED'];
      413: components['responses']['TOO_LARGE'];
      415: components['responses']['UNSUPPORTED_MEDIA_TYPE'];
      429: components['responses']['RATE_LIMITED'];
      500: components['responses']['INTERNAL'];
      503: components['responses']['UNAVAILABLE'];
    };
  };
  listCredentials: {
    parameters: {
      query?: {
        /** @description items a page */
        limit?: number;
        /** @description `nextCursor` of the page before; the order stays, whatever is made or removed meanwhile */
        cursor?: string;
      };
      header?: {
        /** @description W3C trace context: the trace goes on in all that the request causes, and `traceId` of a problem is its id */
        traceparent?: components['parameters']['traceparent'];
        /** @description Any name for the request, which its answer repeats; one with other characters is left out */
        'X-Request-Id'?: components['parameters']['X-Request-Id'];
      };
      path: {
        /** @description id or name of a zone */
        zone: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description As asked for */
      200: {
        headers: {
          'X-Request-Id': components['headers']['X-Request-Id'];
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Policy': components['headers']['RateLimit-Policy'];
          [name: string]: unknown;
        };
        content: {
          'application/json': {
            items: components['schemas']['Credential'][];
            /** @description `cursor` of the next page; null where this is the last one */
            nextCursor: string | null;
          };
        };
      };
      400: components['responses']['BAD_REQUEST'];
      401: components['responses']['UNAUTHENTICATED'];
      403: components['responses']['FORBIDDEN'];
      404: components['responses']['NOT_FOUND'];
      429: components['responses']['RATE_LIMITED'];
      500: components['responses']['INTERNAL'];
      503: components['responses']['UNAVAILABLE'];
    };
  };
  createCredential: {
    parameters: {
      query?: never;
      header?: {
        /** @description Makes a repeated request answer as the first one did; with another request it is 409 */
        'Idempotency-Key'?: string;
        /** @description W3C trace context: the trace goes on in all that the request causes, and `traceId` of a problem is its id */
        traceparent?: components['parameters']['traceparent'];
        /** @description Any name for the request, which its answer repeats; one with other characters is left out */
        'X-Request-Id'?: components['parameters']['X-Request-Id'];
      };
      path: {
        /** @description id or name of a zone */
        zone: string;
      };
      cookie?: never;
    };
    requestBody: {
      content: {
        'application/json': components['schemas']['CreateCredential'];
      };
    };
    responses: {
      /** @description Made */
      201: {
        headers: {
          'X-Request-Id': components['headers']['X-Request-Id'];
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Policy': components['headers']['RateLimit-Policy'];
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Credential'];
        };
      };
      400: components['responses']['BAD_REQUEST'];
      401: components['responses']['UNAUTHENTICATED'];
      403: components['responses']['FORBIDDEN'];
      404: components['responses']['NOT_FOUND'];
      409: components['responses']['CONFLICT-IDEMPOTENCY_MISMATCH'];
      413: components['responses']['TOO_LARGE'];
      415: components['responses']['UNSUPPORTED_MEDIA_TYPE'];
      429: components['responses']['RATE_LIMITED'];
      500: components['responses']['INTERNAL'];
      503: components['responses']['UNAVAILABLE'];
    };
  };
  deleteCredential: {
    parameters: {
      query?: never;
      header?: {
        /** @description W3C trace context: the trace goes on in all that the request causes, and `traceId` of a problem is its id */
        traceparent?: components['parameters']['traceparent'];
        /** @description Any name for the request, which its answer repeats; one with other characters is left out */
        'X-Request-Id'?: components['parameters']['X-Request-Id'];
      };
      path: {
        /** @description id or name of a zone */
        zone: string;
        /** @description name of a secret of the zone */
        name: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Done; there is nothing to tell */
      204: {
        headers: {
          'X-Request-Id': components['headers']['X-Request-Id'];
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Policy': components['headers']['RateLimit-Policy'];
          [name: string]: unknown;
        };
        content?: never;
      };
      400: components['responses']['BAD_REQUEST'];
      401: components['responses']['UNAUTHENTICATED'];
      403: components['responses']['FORBIDDEN'];
      404: components['responses']['NOT_FOUND'];
      413: components['responses']['TOO_LARGE'];
      415: components['responses']['UNSUPPORTED_MEDIA_TYPE'];
      429: components['responses']['RATE_LIMITED'];
      500: components['responses']['INTERNAL'];
      503: components['responses']['UNAVAILABLE'];
    };
  };
  updateCredential: {
    parameters: {
      query?: never;
      header?: {
        /** @description W3C trace context: the trace goes on in all that the request causes, and `traceId` of a problem is its id */
        traceparent?: components['parameters']['traceparent'];
        /** @description Any name for the request, which its answer repeats; one with other characters is left out */
        'X-Request-Id'?: components['parameters']['X-Request-Id'];
      };
      path: {
        /** @description id or name of a zone */
        zone: string;
        /** @description name of a secret of the zone */
        name: string;
      };
      cookie?: never;
    };
    requestBody: {
      content: {
        'application/json': components['schemas']['UpdateCredential'];
      };
    };
    responses: {
      /** @description Done */
      200: {
        headers: {
          'X-Request-Id': components['headers']['X-Request-Id'];
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Policy': components['headers']['RateLimit-Policy'];
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Credential'];
        };
      };
      400: components['responses']['BAD_REQUEST'];
      401: components['responses']['UNAUTHENTICATED'];
      403: components['responses']['FORBIDDEN'];
      404: components['responses']['NOT_FOUND'];
      413: components['responses']['TOO_LARGE'];
      415: components['responses']['UNSUPPORTED_MEDIA_TYPE'];
      429: components['responses']['RATE_LIMITED'];
      500: components['responses']['INTERNAL'];
      503: components['responses']['UNAVAILABLE'];
    };
  };
  listConcurrencyKeys: {
    parameters: {
      query?: {
        /** @description items a page */
        limit?: number;
        /** @description `nextCursor` of the page before; the order stays, whatever is made or removed meanwhile */
        cursor?: string;
      };
      header?: {
        /** @description W3C trace context: the trace goes on in all that the request causes, and `traceId` of a problem is its id */
        traceparent?: components['parameters']['traceparent'];
        /** @description Any name for the request, which its answer repeats; one with other characters is left out */
        'X-Request-Id'?: components['parameters']['X-Request-Id'];
      };
      path: {
        /** @description id or name of a zone */
        zone: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description As asked for */
      200: {
        headers: {
          'X-Request-Id': components['headers']['X-Request-Id'];
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Policy': components['headers']['RateLimit-Policy'];
          [name: string]: unknown;
        };
        content: {
          'application/json': {
            items: components['schemas']['ConcurrencyKey'][];
            /** @description `cursor` of the next page; null where this is the last one */
            nextCursor: string | null;
          };
        };
      };
      400: components['responses']['BAD_REQUEST'];
      401: components['responses']['UNAUTHENTICATED'];
      403: components['responses']['FORBIDDEN'];
      404: components['responses']['NOT_FOUND'];
      429: components['responses']['RATE_LIMITED'];
      500: components['responses']['INTERNAL'];
      503: components['responses']['UNAVAILABLE'];
    };
  };
  setConcurrencyKey: {
    parameters: {
      query?: never;
      header?: {
        /** @description W3C trace context: the trace goes on in all that the request causes, and `traceId` of a problem is its id */
        traceparent?: components['parameters']['traceparent'];
        /** @description Any name for the request, which its answer repeats; one with other characters is left out */
        'X-Request-Id'?: components['parameters']['X-Request-Id'];
      };
      path: {
        /** @description id or name of a zone */
        zone: string;
        key: string;
      };
      cookie?: never;
    };
    requestBody: {
      content: {
        'application/json': components['schemas']['SetConcurrencyKey'];
      };
    };
    responses: {
      /** @description Done */
      200: {
        headers: {
          'X-Request-Id': components['headers']['X-Request-Id'];
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Policy': components['headers']['RateLimit-Policy'];
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ConcurrencyKey'];
        };
      };
      400: components['responses']['BAD_REQUEST'];
      401: components['responses']['UNAUTHENTICATED'];
      403: components['responses']['FORBIDDEN'];
      404: components['responses']['NOT_FOUND'];
      409: components['responses']['WRONG_STATE'];
      413: components['responses']['TOO_LARGE'];
      415: components['responses']['UNSUPPORTED_MEDIA_TYPE'];
      429: components['responses']['RATE_LIMITED'];
      500: components['responses']['INTERNAL'];
      503: components['responses']['UNAVAILABLE'];
    };
  };
  deleteConcurrencyKey: {
    parameters: {
      query?: never;
      header?: {
        /** @description W3C trace context: the trace goes on in all that the request causes, and `traceId` of a problem is its id */
        traceparent?: components['parameters']['traceparent'];
        /** @description Any name for the request, which its answer repeats; one with other characters is left out */
        'X-Request-Id'?: components['parameters']['X-Request-Id'];
      };
      path: {
        /** @description id or name of a zone */
        zone: string;
        key: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Done; there is nothing to tell */
      204: {
        headers: {
          'X-Request-Id': components['headers']['X-Request-Id'];
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Policy': components['headers']['RateLimit-Policy'];
          [name: string]: unknown;
        };
        content?: never;
      };
      400: components['responses']['BAD_REQUEST'];
      401: components['responses']['UNAUTHENTICATED'];
      403: components['responses']['FORBIDDEN'];
      404: components['responses']['NOT_FOUND'];
      413: components['responses']['TOO_LARGE'];
      415: components['responses']['UNSUPPORTED_MEDIA_TYPE'];
      429: components['responses']['RATE_LIMITED'];
      500: components['responses']['INTERNAL'];
      503: components['responses']['UNAVAILABLE'];
    };
  };
  createTasks: {
    parameters: {
      query?: never;
      header?: {
        /** @description Makes a repeated request answer as the first one did; with another request it is 409 */
        'Idempotency-Key'?: string;
        /** @description W3C trace context: the trace goes on in all that the request causes, and `traceId` of a problem is its id */
        traceparent?: components['parameters']['traceparent'];
        /** @description Any name for the request, which its answer repeats; one with other characters is left out */
        'X-Request-Id'?: components['parameters']['X-Request-Id'];
      };
      path?: never;
      cookie?: never;
    };
    requestBody: {
      content: {
        'application/json': components['schemas']['CreateTasks'];
      };
    };
    responses: {
      /** @description Made */
      201: {
        headers: {
          'X-Request-Id': components['headers']['X-Request-Id'];
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Policy': components['headers']['RateLimit-Policy'];
          [name: string]: unknown;
        };
        content: {
          'application/json': {
            items: components['schemas']['CreatedTask'][];
          };
        };
      };
      400: components['responses']['BAD_REQUEST'];
      401: components['responses']['UNAUTHENTICATED'];
      403: components['responses']['FORBIDDEN'];
      404: components['responses']['NOT_FOUND'];
      409: components['responses']['WRONG_STATE-IDEMPOTENCY_MISMATCH-SECRET_SHOWN_ONCE'];
      413: components['responses']['TOO_LARGE'];
      415: components['responses']['UNSUPPORTED_MEDIA_TYPE'];
      422: components['responses']['NO_TARGET'];
      429: components['responses']['RATE_LIMITED'];
      500: components['responses']['INTERNAL'];
      503: components['responses']['UNAVAILABLE'];
    };
  };
  listTasks: {
    parameters: {
      query?: {
        /** @description items a page */
        limit?: number;
        /** @description `nextCursor` of the page before; the order stays, whatever is made or removed meanwhile */
        cursor?: string;
        /** @description id or name of a zone */
        zone?: string;
        status?:
          | 'scheduled'
          | 'queued'
          | 'dispatched'
          | 'running'
          | 'recovering'
          | 'succeeded'
          | 'failed'
          | 'recovery_failed'
          | 'canceled'
          | 'timed_out'
          | 'lost';
        schedule?: string;
        agent?: string;
      };
      header?: {
        /** @description W3C trace context: the trace goes on in all that the request causes, and `traceId` of a problem is its id */
        traceparent?: components['parameters']['traceparent'];
        /** @description Any name for the request, which its answer repeats; one with other characters is left out */
        'X-Request-Id'?: components['parameters']['X-Request-Id'];
      };
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description As asked for */
      200: {
        headers: {
          'X-Request-Id': components['headers']['X-Request-Id'];
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Policy': components['headers']['RateLimit-Policy'];
          [name: string]: unknown;
        };
        content: {
          'application/json': {
            items: components['schemas']['Task'][];
            /** @description `cursor` of the next page; null where this is the last one */
            nextCursor: string | null;
          };
        };
      };
      400: components['responses']['BAD_REQUEST'];
      401: components['responses']['UNAUTHENTICATED'];
      403: components['responses']['FORBIDDEN'];
      404: components['responses']['NOT_FOUND'];
      429: components['responses']['RATE_LIMITED'];
      500: components['responses']['INTERNAL'];
      503: components['responses']['UNAVAILABLE'];
    };
  };
  createTask: {
    parameters: {
      query?: never;
      header?: {
        /** @description Makes a repeated request answer as the first one did; with another request it is 409 */
        'Idempotency-Key'?: string;
        /** @description W3C trace context: the trace goes on in all that the request causes, and `traceId` of a problem is its id */
        traceparent?: components['parameters']['traceparent'];
        /** @description Any name for the request, which its answer repeats; one with other characters is left out */
        'X-Request-Id'?: components['parameters']['X-Request-Id'];
      };
      path?: never;
      cookie?: never;
    };
    requestBody: {
      content: {
        'application/json': components['schemas']['CreateTask'];
      };
    };
    responses: {
      /** @description Made */
      201: {
        headers: {
          'X-Request-Id': components['headers']['X-Request-Id'];
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Policy': components['headers']['RateLimit-Policy'];
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Task'];
        };
      };
      400: components['responses']['BAD_REQUEST'];
      401: components['responses']['UNAUTHENTICATED'];
      403: components['responses']['FORBIDDEN'];
      404: components['responses']['NOT_FOUND'];
      409: components['responses']['WRONG_STATE-IDEMPOTENCY_MISMATCH-SECRET_SHOWN_ONCE'];
      413: components['responses']['TOO_LARGE'];
      415: components['responses']['UNSUPPORTED_MEDIA_TYPE'];
      422: components['responses']['NO_TARGET'];
      429: components['responses']['RATE_LIMITED'];
      500: components['responses']['INTERNAL'];
      503: components['responses']['UNAVAILABLE'];
    };
  };
  getTask: {
    parameters: {
      query?: never;
      header?: {
        /** @description W3C trace context: the trace goes on in all that the request causes, and `traceId` of a problem is its id */
        traceparent?: components['parameters']['traceparent'];
        /** @description Any name for the request, which its answer repeats; one with other characters is left out */
        'X-Request-Id'?: components['parameters']['X-Request-Id'];
      };
      path: {
        id: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description As asked for */
      200: {
        headers: {
          'X-Request-Id': components['headers']['X-Request-Id'];
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Policy': components['headers']['RateLimit-Policy'];
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Task'];
        };
      };
      400: components['responses']['BAD_REQUEST'];
      401: components['responses']['UNAUTHENTICATED'];
      403: components['responses']['FORBIDDEN'];
      404: components['responses']['NOT_FOUND'];
      429: components['responses']['RATE_LIMITED'];
      500: components['responses']['INTERNAL'];
      503: components['responses']['UNAVAILABLE'];
    };
  };
  cancelTask: {
    parameters: {
      query?: never;
      header?: {
        /** @description W3C trace context: the trace goes on in all that the request causes, and `traceId` of a problem is its id */
        traceparent?: components['parameters']['traceparent'];
        /** @description Any name for the request, which its answer repeats; one with other characters is left out */
        'X-Request-Id'?: components['parameters']['X-Request-Id'];
      };
      path: {
        id: string;
      };
      cookie?: never;
    };
    requestBody?: {
      content: {
        'application/json': Record<string, never>;
      };
    };
    responses: {
      /** @description Taken on: the answer tells how things stand now */
      202: {
        headers: {
          'X-Request-Id': components['headers']['X-Request-Id'];
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Policy': components['headers']['RateLimit-Policy'];
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Task'];
        };
      };
      400: components['responses']['BAD_REQUEST'];
      401: components['responses']['UNAUTHENTICATED'];
      403: components['responses']['FORBIDDEN'];
      404: components['responses']['NOT_FOUND'];
      409: components['responses']['WRONG_STATE'];
      413: components['responses']['TOO_LARGE'];
      415: components['responses']['UNSUPPORTED_MEDIA_TYPE'];
      429: components['responses']['RATE_LIMITED'];
      500: components['responses']['INTERNAL'];
      503: components['responses']['UNAVAILABLE'];
    };
  };
  retryTask: {
    parameters: {
      query?: never;
      header?: {
        /** @description Makes a repeated request answer as the first one did; with another request it is 409 */
        'Idempotency-Key'?: string;
        /** @description W3C trace context: the trace goes on in all that the request causes, and `traceId` of a problem is its id */
        traceparent?: components['parameters']['traceparent'];
        /** @description Any name for the request, which its answer repeats; one with other characters is left out */
        'X-Request-Id'?: components['parameters']['X-Request-Id'];
      };
      path: {
        id: string;
      };
      cookie?: never;
    };
    requestBody?: {
      content: {
        'application/json': components['schemas']['RetryTask'];
      };
    };
    responses: {
      /** @description Taken on: the answer tells how things stand now */
      202: {
        headers: {
          'X-Request-Id': components['headers']['X-Request-Id'];
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Policy': components['headers']['RateLimit-Policy'];
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Task'];
        };
      };
      400: components['responses']['BAD_REQUEST'];
      401: components['responses']['UNAUTHENTICATED'];
      403: components['responses']['FORBIDDEN'];
      404: components['responses']['NOT_FOUND'];
      409: components['responses']['WRONG_STATE-IDEMPOTENCY_MISMATCH-SECRET_SHOWN_ONCE'];
      413: components['responses']['TOO_LARGE'];
      415: components['responses']['UNSUPPORTED_MEDIA_TYPE'];
      422: components['responses']['NO_TARGET'];
      429: components['responses']['RATE_LIMITED'];
      500: components['responses']['INTERNAL'];
      503: components['responses']['UNAVAILABLE'];
    };
  };
  listRuns: {
    parameters: {
      query?: {
        /** @description items a page */
        limit?: number;
        /** @description `nextCursor` of the page before; the order stays, whatever is made or removed meanwhile */
        cursor?: string;
      };
      header?: {
        /** @description W3C trace context: the trace goes on in all that the request causes, and `traceId` of a problem is its id */
        traceparent?: components['parameters']['traceparent'];
        /** @description Any name for the request, which its answer repeats; one with other characters is left out */
        'X-Request-Id'?: components['parameters']['X-Request-Id'];
      };
      path: {
        id: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description As asked for */
      200: {
        headers: {
          'X-Request-Id': components['headers']['X-Request-Id'];
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Policy': components['headers']['RateLimit-Policy'];
          [name: string]: unknown;
        };
        content: {
          'application/json': {
            items: components['schemas']['Run'][];
            /** @description `cursor` of the next page; null where this is the last one */
            nextCursor: string | null;
          };
        };
      };
      400: components['responses']['BAD_REQUEST'];
      401: components['responses']['UNAUTHENTICATED'];
      403: components['responses']['FORBIDDEN'];
      404: components['responses']['NOT_FOUND'];
      429: components['responses']['RATE_LIMITED'];
      500: components['responses']['INTERNAL'];
      503: components['responses']['UNAVAILABLE'];
    };
  };
  listTaskDeliveries: {
    parameters: {
      query?: {
        /** @description items a page */
        limit?: number;
        /** @description `nextCursor` of the page before; the order stays, whatever is made or removed meanwhile */
        cursor?: string;
        state?: 'due' | 'delivered' | 'failed';
      };
      header?: {
        /** @description W3C trace context: the trace goes on in all that the request causes, and `traceId` of a problem is its id */
        traceparent?: components['parameters']['traceparent'];
        /** @description Any name for the request, which its answer repeats; one with other characters is left out */
        'X-Request-Id'?: components['parameters']['X-Request-Id'];
      };
      path: {
        id: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description As asked for */
      200: {
        headers: {
          'X-Request-Id': components['headers']['X-Request-Id'];
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Policy': components['headers']['RateLimit-Policy'];
          [name: string]: unknown;
        };
        content: {
          'application/json': {
            items: components['schemas']['Delivery'][];
            /** @description `cursor` of the next page; null where this is the last one */
            nextCursor: string | null;
          };
        };
      };
      400: components['responses']['BAD_REQUEST'];
      401: components['responses']['UNAUTHENTICATED'];
      403: components['responses']['FORBIDDEN'];
      404: components['responses']['NOT_FOUND'];
      429: components['responses']['RATE_LIMITED'];
      500: components['responses']['INTERNAL'];
      503: components['responses']['UNAVAILABLE'];
    };
  };
  redeliverTaskDelivery: {
    parameters: {
      query?: never;
      header?: {
        /** @description Makes a repeated request answer as the first one did; with another request it is 409 */
        'Idempotency-Key'?: string;
        /** @description W3C trace context: the trace goes on in all that the request causes, and `traceId` of a problem is its id */
        traceparent?: components['parameters']['traceparent'];
        /** @description Any name for the request, which its answer repeats; one with other characters is left out */
        'X-Request-Id'?: components['parameters']['X-Request-Id'];
      };
      path: {
        id: string;
        delivery: string;
      };
      cookie?: never;
    };
    requestBody?: {
      content: {
        'application/json': Record<string, never>;
      };
    };
    responses: {
      /** @description Taken on: the answer tells how things stand now */
      202: {
        headers: {
          'X-Request-Id': components['headers']['X-Request-Id'];
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Policy': components['headers']['RateLimit-Policy'];
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Delivery'];
        };
      };
      400: components['responses']['BAD_REQUEST'];
      401: components['responses']['UNAUTHENTICATED'];
      403: components['responses']['FORBIDDEN'];
      404: components['responses']['NOT_FOUND'];
      409: components['responses']['WRONG_STATE-IDEMPOTENCY_MISMATCH'];
      413: components['responses']['TOO_LARGE'];
      415: components['responses']['UNSUPPORTED_MEDIA_TYPE'];
      429: components['responses']['RATE_LIMITED'];
      500: components['responses']['INTERNAL'];
      503: components['responses']['UNAVAILABLE'];
    };
  };
  getRun: {
    parameters: {
      query?: never;
      header?: {
        /** @description W3C trace context: the trace goes on in all that the request causes, and `traceId` of a problem is its id */
        traceparent?: components['parameters']['traceparent'];
        /** @description Any name for the request, which its answer repeats; one with other characters is left out */
        'X-Request-Id'?: components['parameters']['X-Request-Id'];
      };
      path: {
        id: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description As asked for */
      200: {
        headers: {
          'X-Request-Id': components['headers']['X-Request-Id'];
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Policy': components['headers']['RateLimit-Policy'];
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Run'];
        };
      };
      400: components['responses']['BAD_REQUEST'];
      401: components['responses']['UNAUTHENTICATED'];
      403: components['responses']['FORBIDDEN'];
      404: components['responses']['NOT_FOUND'];
      429: components['responses']['RATE_LIMITED'];
      500: components['responses']['INTERNAL'];
      503: components['responses']['UNAVAILABLE'];
    };
  };
  cancelRun: {
    parameters: {
      query?: never;
      header?: {
        /** @description W3C trace context: the trace goes on in all that the request causes, and `traceId` of a problem is its id */
        traceparent?: components['parameters']['traceparent'];
        /** @description Any name for the request, which its answer repeats; one with other characters is left out */
        'X-Request-Id'?: components['parameters']['X-Request-Id'];
      };
      path: {
        id: string;
      };
      cookie?: never;
    };
    requestBody?: {
      content: {
        'application/json': Record<string, never>;
      };
    };
    responses: {
      /** @description Taken on: the answer tells how things stand now */
      202: {
        headers: {
          'X-Request-Id': components['headers']['X-Request-Id'];
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Policy': components['headers']['RateLimit-Policy'];
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Run'];
        };
      };
      400: components['responses']['BAD_REQUEST'];
      401: components['responses']['UNAUTHENTICATED'];
      403: components['responses']['FORBIDDEN'];
      404: components['responses']['NOT_FOUND'];
      409: components['responses']['WRONG_STATE'];
      413: components['responses']['TOO_LARGE'];
      415: components['responses']['UNSUPPORTED_MEDIA_TYPE'];
      429: components['responses']['RATE_LIMITED'];
      500: components['responses']['INTERNAL'];
      503: components['responses']['UNAVAILABLE'];
    };
  };
  readRunLogs: {
    parameters: {
      query?: {
        /** @description only this stream */
        stream?: 'stdout' | 'stderr';
        /** @description only what the step of this name wrote */
        step?: string;
        /** @description only what this attempt wrote */
        attempt?: string;
        /** @description each line begins with its time and stream */
        timestamps?: 'true' | 'false';
        /** @description as server-sent events, first what is stored, then what comes */
        follow?: 'true' | 'false';
        /** @description with `follow`: as the header Last-Event-ID, which counts where both are given */
        lastEventId?: string;
      };
      header?: {
        /** @description With `follow`: the id of the last event that was received; what came after it is sent first */
        'Last-Event-ID'?: string;
        /** @description W3C trace context: the trace goes on in all that the request causes, and `traceId` of a problem is its id */
        traceparent?: components['parameters']['traceparent'];
        /** @description Any name for the request, which its answer repeats; one with other characters is left out */
        'X-Request-Id'?: components['parameters']['X-Request-Id'];
      };
      path: {
        id: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description As asked for */
      200: {
        headers: {
          'X-Request-Id': components['headers']['X-Request-Id'];
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Policy': components['headers']['RateLimit-Policy'];
          [name: string]: unknown;
        };
        content: {
          'text/plain': string;
          'text/event-stream': string;
        };
      };
      400: components['responses']['BAD_REQUEST'];
      401: components['responses']['UNAUTHENTICATED'];
      403: components['responses']['FORBIDDEN'];
      404: components['responses']['NOT_FOUND'];
      429: components['responses']['RATE_LIMITED'];
      500: components['responses']['INTERNAL'];
      503: components['responses']['UNAVAILABLE'];
    };
  };
  previewTarget: {
    parameters: {
      query?: never;
      header?: {
        /** @description W3C trace context: the trace goes on in all that the request causes, and `traceId` of a problem is its id */
        traceparent?: components['parameters']['traceparent'];
        /** @description Any name for the request, which its answer repeats; one with other characters is left out */
        'X-Request-Id'?: components['parameters']['X-Request-Id'];
      };
      path?: never;
      cookie?: never;
    };
    requestBody: {
      content: {
        'application/json': components['schemas']['PreviewTarget'];
      };
    };
    responses: {
      /** @description Done */
      200: {
        headers: {
          'X-Request-Id': components['headers']['X-Request-Id'];
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Policy': components['headers']['RateLimit-Policy'];
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['TargetPreview'];
        };
      };
      400: components['responses']['BAD_REQUEST'];
      401: components['responses']['UNAUTHENTICATED'];
      403: components['responses']['FORBIDDEN'];
      404: components['responses']['NOT_FOUND'];
      413: components['responses']['TOO_LARGE'];
      415: components['responses']['UNSUPPORTED_MEDIA_TYPE'];
      429: components['responses']['RATE_LIMITED'];
      500: components['responses']['INTERNAL'];
      503: components['responses']['UNAVAILABLE'];
    };
  };
  listCommands: {
    parameters: {
      query?: never;
      header?: {
        /** @description W3C trace context: the trace goes on in all that the request causes, and `traceId` of a problem is its id */
        traceparent?: components['parameters']['traceparent'];
        /** @description Any name for the request, which its answer repeats; one with other characters is left out */
        'X-Request-Id'?: components['parameters']['X-Request-Id'];
      };
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description As asked for */
      200: {
        headers: {
          'X-Request-Id': components['headers']['X-Request-Id'];
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Policy': components['headers']['RateLimit-Policy'];
          [name: string]: unknown;
        };
        content: {
          'application/json': {
            items: {
              name: string;
              description: string;
              /** @description a JSON Schema */
              parameters: {
                [key: string]: unknown;
              };
              /** @description a JSON Schema */
              result: {
                [key: string]: unknown;
              };
            }[];
            nextCursor: null;
          };
        };
      };
      400: components['responses']['BAD_REQUEST'];
      401: components['responses']['UNAUTHENTICATED'];
      403: components['responses']['FORBIDDEN'];
      429: components['responses']['RATE_LIMITED'];
      500: components['responses']['INTERNAL'];
      503: components['responses']['UNAVAILABLE'];
    };
  };
  listSchedules: {
    parameters: {
      query?: {
        /** @description items a page */
        limit?: number;
        /** @description `nextCursor` of the page before; the order stays, whatever is made or removed meanwhile */
        cursor?: string;
        /** @description id or name of a zone */
        zone?: string;
        /** @description `ended`: nothing will be due any more */
        status?: 'active' | 'paused' | 'ended';
      };
      header?: {
        /** @description W3C trace context: the trace goes on in all that the request causes, and `traceId` of a problem is its id */
        traceparent?: components['parameters']['traceparent'];
        /** @description Any name for the request, which its answer repeats; one with other characters is left out */
        'X-Request-Id'?: components['parameters']['X-Request-Id'];
      };
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description As asked for */
      200: {
        headers: {
          'X-Request-Id': components['headers']['X-Request-Id'];
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Policy': components['headers']['RateLimit-Policy'];
          [name: string]: unknown;
        };
        content: {
          'application/json': {
            items: components['schemas']['Schedule'][];
            /** @description `cursor` of the next page; null where this is the last one */
            nextCursor: string | null;
          };
        };
      };
      400: components['responses']['BAD_REQUEST'];
      401: components['responses']['UNAUTHENTICATED'];
      403: components['responses']['FORBIDDEN'];
      404: components['responses']['NOT_FOUND'];
      429: components['responses']['RATE_LIMITED'];
      500: components['responses']['INTERNAL'];
      503: components['responses']['UNAVAILABLE'];
    };
  };
  createSchedule: {
    parameters: {
      query?: never;
      header?: {
        /** @description Makes a repeated request answer as the first one did; with another request it is 409 */
        'Idempotency-Key'?: string;
        /** @description W3C trace context: the trace goes on in all that the request causes, and `traceId` of a problem is its id */
        traceparent?: components['parameters']['traceparent'];
        /** @description Any name for the request, which its answer repeats; one with other characters is left out */
        'X-Request-Id'?: components['parameters']['X-Request-Id'];
      };
      path?: never;
      cookie?: never;
    };
    requestBody: {
      content: {
        'application/json': components['schemas']['CreateSchedule'];
      };
    };
    responses: {
      /** @description Made */
      201: {
        headers: {
          /** @description The revision of the thing, for `If-Match` */
          ETag?: string;
          'X-Request-Id': components['headers']['X-Request-Id'];
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Policy': components['headers']['RateLimit-Policy'];
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Schedule'];
        };
      };
      400: components['responses']['BAD_REQUEST'];
      401: components['responses']['UNAUTHENTICATED'];
      403: components['responses']['FORBIDDEN'];
      404: components['responses']['NOT_FOUND'];
      409: components['responses']['CONFLICT-IDEMPOTENCY_MISMATCH'];
      413: components['responses']['TOO_LARGE'];
      415: components['responses']['UNSUPPORTED_MEDIA_TYPE'];
      429: components['responses']['RATE_LIMITED'];
      500: components['responses']['INTERNAL'];
      503: components['responses']['UNAVAILABLE'];
    };
  };
  getSchedule: {
    parameters: {
      query?: never;
      header?: {
        /** @description W3C trace context: the trace goes on in all that the request causes, and `traceId` of a problem is its id */
        traceparent?: components['parameters']['traceparent'];
        /** @description Any name for the request, which its answer repeats; one with other characters is left out */
        'X-Request-Id'?: components['parameters']['X-Request-Id'];
      };
      path: {
        id: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description As asked for */
      200: {
        headers: {
          /** @description The revision of the thing, for `If-Match` */
          ETag?: string;
          'X-Request-Id': components['headers']['X-Request-Id'];
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Policy': components['headers']['RateLimit-Policy'];
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Schedule'];
        };
      };
      400: components['responses']['BAD_REQUEST'];
      401: components['responses']['UNAUTHENTICATED'];
      403: components['responses']['FORBIDDEN'];
      404: components['responses']['NOT_FOUND'];
      429: components['responses']['RATE_LIMITED'];
      500: components['responses']['INTERNAL'];
      503: components['responses']['UNAVAILABLE'];
    };
  };
  deleteSchedule: {
    parameters: {
      query?: never;
      header?: {
        /** @description The ETag of the thing as it was read; where it has changed since, nothing is done and the answer is 412 */
        'If-Match'?: string;
        /** @description W3C trace context: the trace goes on in all that the request causes, and `traceId` of a problem is its id */
        traceparent?: components['parameters']['traceparent'];
        /** @description Any name for the request, which its answer repeats; one with other characters is left out */
        'X-Request-Id'?: components['parameters']['X-Request-Id'];
      };
      path: {
        id: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Done; there is nothing to tell */
      204: {
        headers: {
          'X-Request-Id': components['headers']['X-Request-Id'];
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Policy': components['headers']['RateLimit-Policy'];
          [name: string]: unknown;
        };
        content?: never;
      };
      400: components['responses']['BAD_REQUEST'];
      401: components['responses']['UNAUTHENTICATED'];
      403: components['responses']['FORBIDDEN'];
      404: components['responses']['NOT_FOUND'];
      412: components['responses']['PRECONDITION_FAILED'];
      413: components['responses']['TOO_LARGE'];
      415: components['responses']['UNSUPPORTED_MEDIA_TYPE'];
      429: components['responses']['RATE_LIMITED'];
      500: components['responses']['INTERNAL'];
      503: components['responses']['UNAVAILABLE'];
    };
  };
  updateSchedule: {
    parameters: {
      query?: never;
      header?: {
        /** @description The ETag of the thing as it was read; where it has changed since, nothing is done and the answer is 412 */
        'If-Match'?: string;
        /** @description W3C trace context: the trace goes on in all that the request causes, and `traceId` of a problem is its id */
        traceparent?: components['parameters']['traceparent'];
        /** @description Any name for the request, which its answer repeats; one with other characters is left out */
        'X-Request-Id'?: components['parameters']['X-Request-Id'];
      };
      path: {
        id: string;
      };
      cookie?: never;
    };
    requestBody: {
      content: {
        'application/json': components['schemas']['UpdateSchedule'];
      };
    };
    responses: {
      /** @description Done */
      200: {
        headers: {
          /** @description The revision of the thing, for `If-Match` */
          ETag?: string;
          'X-Request-Id': components['headers']['X-Request-Id'];
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Policy': components['headers']['RateLimit-Policy'];
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Schedule'];
        };
      };
      400: components['responses']['BAD_REQUEST'];
      401: components['responses']['UNAUTHENTICATED'];
      403: components['responses']['FORBIDDEN'];
      404: components['responses']['NOT_FOUND'];
      409: components['responses']['WRONG_STATE'];
      412: components['responses']['PRECONDITION_FAILED'];
      413: components['responses']['TOO_LARGE'];
      415: components['responses']['UNSUPPORTED_MEDIA_TYPE'];
      429: components['responses']['RATE_LIMITED'];
      500: components['responses']['INTERNAL'];
      503: components['responses']['UNAVAILABLE'];
    };
  };
  pauseSchedule: {
    parameters: {
      query?: never;
      header?: {
        /** @description Makes a repeated request answer as the first one did; with another request it is 409 */
        'Idempotency-Key'?: string;
        /** @description W3C trace context: the trace goes on in all that the request causes, and `traceId` of a problem is its id */
        traceparent?: components['parameters']['traceparent'];
        /** @description Any name for the request, which its answer repeats; one with other characters is left out */
        'X-Request-Id'?: components['parameters']['X-Request-Id'];
      };
      path: {
        id: string;
      };
      cookie?: never;
    };
    requestBody?: {
      content: {
        'application/json': Record<string, never>;
      };
    };
    responses: {
      /** @description Taken on: the answer tells how things stand now */
      202: {
        headers: {
          /** @description The revision of the thing, for `If-Match` */
          ETag?: string;
          'X-Request-Id': components['headers']['X-Request-Id'];
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Policy': components['headers']['RateLimit-Policy'];
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Schedule'];
        };
      };
      400: components['responses']['BAD_REQUEST'];
      401: components['responses']['UNAUTHENTICATED'];
      403: components['responses']['FORBIDDEN'];
      404: components['responses']['NOT_FOUND'];
      409: components['responses']['WRONG_STATE-IDEMPOTENCY_MISMATCH'];
      413: components['responses']['TOO_LARGE'];
      415: components['responses']['UNSUPPORTED_MEDIA_TYPE'];
      429: components['responses']['RATE_LIMITED'];
      500: components['responses']['INTERNAL'];
      503: components['responses']['UNAVAILABLE'];
    };
  };
  resumeSchedule: {
    parameters: {
      query?: never;
      header?: {
        /** @description Makes a repeated request answer as the first one did; with another request it is 409 */
        'Idempotency-Key'?: string;
        /** @description W3C trace context: the trace goes on in all that the request causes, and `traceId` of a problem is its id */
        traceparent?: components['parameters']['traceparent'];
        /** @description Any name for the request, which its answer repeats; one with other characters is left out */
        'X-Request-Id'?: components['parameters']['X-Request-Id'];
      };
      path: {
        id: string;
      };
      cookie?: never;
    };
    requestBody?: {
      content: {
        'application/json': Record<string, never>;
      };
    };
    responses: {
      /** @description Taken on: the answer tells how things stand now */
      202: {
        headers: {
          /** @description The revision of the thing, for `If-Match` */
          ETag?: string;
          'X-Request-Id': components['headers']['X-Request-Id'];
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Policy': components['headers']['RateLimit-Policy'];
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Schedule'];
        };
      };
      400: components['responses']['BAD_REQUEST'];
      401: components['responses']['UNAUTHENTICATED'];
      403: components['responses']['FORBIDDEN'];
      404: components['responses']['NOT_FOUND'];
      409: components['responses']['WRONG_STATE-IDEMPOTENCY_MISMATCH'];
      413: components['responses']['TOO_LARGE'];
      415: components['responses']['UNSUPPORTED_MEDIA_TYPE'];
      429: components['responses']['RATE_LIMITED'];
      500: components['responses']['INTERNAL'];
      503: components['responses']['UNAVAILABLE'];
    };
  };
  triggerSchedule: {
    parameters: {
      query?: never;
      header?: {
        /** @description Makes a repeated request answer as the first one did; with another request it is 409 */
        'Idempotency-Key'?: string;
        /** @description W3C trace context: the trace goes on in all that the request causes, and `traceId` of a problem is its id */
        traceparent?: components['parameters']['traceparent'];
        /** @description Any name for the request, which its answer repeats; one with other characters is left out */
        'X-Request-Id'?: components['parameters']['X-Request-Id'];
      };
      path: {
        id: string;
      };
      cookie?: never;
    };
    requestBody?: {
      content: {
        'application/json': Record<string, never>;
      };
    };
    responses: {
      /** @description Taken on: the answer tells how things stand now */
      202: {
        headers: {
          'X-Request-Id': components['headers']['X-Request-Id'];
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Policy': components['headers']['RateLimit-Policy'];
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Fire'];
        };
      };
      400: components['responses']['BAD_REQUEST'];
      401: components['responses']['UNAUTHENTICATED'];
      403: components['responses']['FORBIDDEN'];
      404: components['responses']['NOT_FOUND'];
      409: components['responses']['WRONG_STATE-IDEMPOTENCY_MISMATCH'];
      413: components['responses']['TOO_LARGE'];
      415: components['responses']['UNSUPPORTED_MEDIA_TYPE'];
      429: components['responses']['RATE_LIMITED'];
      500: components['responses']['INTERNAL'];
      503: components['responses']['UNAVAILABLE'];
    };
  };
  listFires: {
    parameters: {
      query?: {
        /** @description items a page */
        limit?: number;
        /** @description `nextCursor` of the page before; the order stays, whatever is made or removed meanwhile */
        cursor?: string;
        /** @description `skipped`: the task before was still open; `failed`: its task was refused for good */
        state?: 'due' | 'fired' | 'missed' | 'skipped' | 'failed';
      };
      header?: {
        /** @description W3C trace context: the trace goes on in all that the request causes, and `traceId` of a problem is its id */
        traceparent?: components['parameters']['traceparent'];
        /** @description Any name for the request, which its answer repeats; one with other characters is left out */
        'X-Request-Id'?: components['parameters']['X-Request-Id'];
      };
      path: {
        id: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description As asked for */
      200: {
        headers: {
          'X-Request-Id': components['headers']['X-Request-Id'];
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Policy': components['headers']['RateLimit-Policy'];
          [name: string]: unknown;
        };
        content: {
          'application/json': {
            items: components['schemas']['Fire'][];
            /** @description `cursor` of the next page; null where this is the last one */
            nextCursor: string | null;
          };
        };
      };
      400: components['responses']['BAD_REQUEST'];
      401: components['responses']['UNAUTHENTICATED'];
      403: components['responses']['FORBIDDEN'];
      404: components['responses']['NOT_FOUND'];
      429: components['responses']['RATE_LIMITED'];
      500: components['responses']['INTERNAL'];
      503: components['responses']['UNAVAILABLE'];
    };
  };
  listWebhooks: {
    parameters: {
      query?: {
        /** @description items a page */
        limit?: number;
        /** @description `nextCursor` of the page before; the order stays, whatever is made or removed meanwhile */
        cursor?: string;
        /** @description id or name of a zone */
        zone?: string;
      };
      header?: {
        /** @description W3C trace context: the trace goes on in all that the request causes, and `traceId` of a problem is its id */
        traceparent?: components['parameters']['traceparent'];
        /** @description Any name for the request, which its answer repeats; one with other characters is left out */
        'X-Request-Id'?: components['parameters']['X-Request-Id'];
      };
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description As asked for */
      200: {
        headers: {
          'X-Request-Id': components['headers']['X-Request-Id'];
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Policy': components['headers']['RateLimit-Policy'];
          [name: string]: unknown;
        };
        content: {
          'application/json': {
            items: components['schemas']['Webhook'][];
            /** @description `cursor` of the next page; null where this is the last one */
            nextCursor: string | null;
          };
        };
      };
      400: components['responses']['BAD_REQUEST'];
      401: components['responses']['UNAUTHENTICATED'];
      403: components['responses']['FORBIDDEN'];
      404: components['responses']['NOT_FOUND'];
      429: components['responses']['RATE_LIMITED'];
      500: components['responses']['INTERNAL'];
      503: components['responses']['UNAVAILABLE'];
    };
  };
  createWebhook: {
    parameters: {
      query?: never;
      header?: {
        /** @description Makes a repeated request answer as the first one did; with another request it is 409 */
        'Idempotency-Key'?: string;
        /** @description W3C trace context: the trace goes on in all that the request causes, and `traceId` of a problem is its id */
        traceparent?: components['parameters']['traceparent'];
        /** @description Any name for the request, which its answer repeats; one with other characters is left out */
        'X-Request-Id'?: components['parameters']['X-Request-Id'];
      };
      path?: never;
      cookie?: never;
    };
    requestBody: {
      content: {
        'application/json': components['schemas']['CreateWebhook'];
      };
    };
    responses: {
      /** @description Made */
      201: {
        headers: {
          /** @description The revision of the thing, for `If-Match` */
          ETag?: string;
          'X-Request-Id': components['headers']['X-Request-Id'];
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Policy': components['headers']['RateLimit-Policy'];
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Webhook'];
        };
      };
      400: components['responses']['BAD_REQUEST'];
      401: components['responses']['UNAUTHENTICATED'];
      403: components['responses']['FORBIDDEN'];
      404: components['responses']['NOT_FOUND'];
      409: components['responses']['CONFLICT-IDEMPOTENCY_MISMATCH-SECRET_SHOWN_ONCE'];
      413: components['responses']['TOO_LARGE'];
      415: components['responses']['UNSUPPORTED_MEDIA_TYPE'];
      429: components['responses']['RATE_LIMITED'];
      500: components['responses']['INTERNAL'];
      503: components['responses']['UNAVAILABLE'];
    };
  };
  getWebhook: {
    parameters: {
      query?: never;
      header?: {
        /** @description W3C trace context: the trace goes on in all that the request causes, and `traceId` of a problem is its id */
        traceparent?: components['parameters']['traceparent'];
        /** @description Any name for the request, which its answer repeats; one with other characters is left out */
        'X-Request-Id'?: components['parameters']['X-Request-Id'];
      };
      path: {
        id: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description As asked for */
      200: {
        headers: {
          /** @description The revision of the thing, for `If-Match` */
          ETag?: string;
          'X-Request-Id': components['headers']['X-Request-Id'];
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Policy': components['headers']['RateLimit-Policy'];
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Webhook'];
        };
      };
      400: components['responses']['BAD_REQUEST'];
      401: components['responses']['UNAUTHENTICATED'];
      403: components['responses']['FORBIDDEN'];
      404: components['responses']['NOT_FOUND'];
      429: components['responses']['RATE_LIMITED'];
      500: components['responses']['INTERNAL'];
      503: components['responses']['UNAVAILABLE'];
    };
  };
  deleteWebhook: {
    parameters: {
      query?: never;
      header?: {
        /** @description The ETag of the thing as it was read; where it has changed since, nothing is done and the answer is 412 */
        'If-Match'?: string;
        /** @description W3C trace context: the trace goes on in all that the request causes, and `traceId` of a problem is its id */
        traceparent?: components['parameters']['traceparent'];
        /** @description Any name for the request, which its answer repeats; one with other characters is left out */
        'X-Request-Id'?: components['parameters']['X-Request-Id'];
      };
      path: {
        id: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Done; there is nothing to tell */
      204: {
        headers: {
          'X-Request-Id': components['headers']['X-Request-Id'];
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Policy': components['headers']['RateLimit-Policy'];
          [name: string]: unknown;
        };
        content?: never;
      };
      400: components['responses']['BAD_REQUEST'];
      401: components['responses']['UNAUTHENTICATED'];
      403: components['responses']['FORBIDDEN'];
      404: components['responses']['NOT_FOUND'];
      412: components['responses']['PRECONDITION_FAILED'];
      413: components['responses']['TOO_LARGE'];
      415: components['responses']['UNSUPPORTED_MEDIA_TYPE'];
      429: components['responses']['RATE_LIMITED'];
      500: components['responses']['INTERNAL'];
      503: components['responses']['UNAVAILABLE'];
    };
  };
  updateWebhook: {
    parameters: {
      query?: never;
      header?: {
        /** @description The ETag of the thing as it was read; where it has changed since, nothing is done and the answer is 412 */
        'If-Match'?: string;
        /** @description W3C trace context: the trace goes on in all that the request causes, and `traceId` of a problem is its id */
        traceparent?: components['parameters']['traceparent'];
        /** @description Any name for the request, which its answer repeats; one with other characters is left out */
        'X-Request-Id'?: components['parameters']['X-Request-Id'];
      };
      path: {
        id: string;
      };
      cookie?: never;
    };
    requestBody: {
      content: {
        'application/json': components['schemas']['UpdateWebhook'];
      };
    };
    responses: {
      /** @description Done */
      200: {
        headers: {
          /** @description The revision of the thing, for `If-Match` */
          ETag?: string;
          'X-Request-Id': components['headers']['X-Request-Id'];
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Policy': components['headers']['RateLimit-Policy'];
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Webhook'];
        };
      };
      400: components['responses']['BAD_REQUEST'];
      401: components['responses']['UNAUTHENTICATED'];
      403: components['responses']['FORBIDDEN'];
      404: components['responses']['NOT_FOUND'];
      412: components['responses']['PRECONDITION_FAILED'];
      413: components['responses']['TOO_LARGE'];
      415: components['responses']['UNSUPPORTED_MEDIA_TYPE'];
      429: components['responses']['RATE_LIMITED'];
      500: components['responses']['INTERNAL'];
      503: components['responses']['UNAVAILABLE'];
    };
  };
  listWebhookDeliveries: {
    parameters: {
      query?: {
        /** @description items a page */
        limit?: number;
        /** @description `nextCursor` of the page before; the order stays, whatever is made or removed meanwhile */
        cursor?: string;
        state?: 'due' | 'delivered' | 'failed';
      };
      header?: {
        /** @description W3C trace context: the trace goes on in all that the request causes, and `traceId` of a problem is its id */
        traceparent?: components['parameters']['traceparent'];
        /** @description Any name for the request, which its answer repeats; one with other characters is left out */
        'X-Request-Id'?: components['parameters']['X-Request-Id'];
      };
      path: {
        id: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description As asked for */
      200: {
        headers: {
          'X-Request-Id': components['headers']['X-Request-Id'];
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Policy': components['headers']['RateLimit-Policy'];
          [name: string]: unknown;
        };
        content: {
          'application/json': {
            items: components['schemas']['Delivery'][];
            /** @description `cursor` of the next page; null where this is the last one */
            nextCursor: string | null;
          };
        };
      };
      400: components['responses']['BAD_REQUEST'];
      401: components['responses']['UNAUTHENTICATED'];
      403: components['responses']['FORBIDDEN'];
      404: components['responses']['NOT_FOUND'];
      429: components['responses']['RATE_LIMITED'];
      500: components['responses']['INTERNAL'];
      503: components['responses']['UNAVAILABLE'];
    };
  };
  redeliverWebhookDelivery: {
    parameters: {
      query?: never;
      header?: {
        /** @description Makes a repeated request answer as the first one did; with another request it is 409 */
        'Idempotency-Key'?: string;
        /** @description W3C trace context: the trace goes on in all that the request causes, and `traceId` of a problem is its id */
        traceparent?: components['parameters']['traceparent'];
        /** @description Any name for the request, which its answer repeats; one with other characters is left out */
        'X-Request-Id'?: components['parameters']['X-Request-Id'];
      };
      path: {
        id: string;
        delivery: string;
      };
      cookie?: never;
    };
    requestBody?: {
      content: {
        'application/json': Record<string, never>;
      };
    };
    responses: {
      /** @description Taken on: the answer tells how things stand now */
      202: {
        headers: {
          'X-Request-Id': components['headers']['X-Request-Id'];
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Policy': components['headers']['RateLimit-Policy'];
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Delivery'];
        };
      };
      400: components['responses']['BAD_REQUEST'];
      401: components['responses']['UNAUTHENTICATED'];
      403: components['responses']['FORBIDDEN'];
      404: components['responses']['NOT_FOUND'];
      409: components['responses']['WRONG_STATE-IDEMPOTENCY_MISMATCH'];
      413: components['responses']['TOO_LARGE'];
      415: components['responses']['UNSUPPORTED_MEDIA_TYPE'];
      429: components['responses']['RATE_LIMITED'];
      500: components['responses']['INTERNAL'];
      503: components['responses']['UNAVAILABLE'];
    };
  };
  listSources: {
    parameters: {
      query?: {
        /** @description items a page */
        limit?: number;
        /** @description `nextCursor` of the page before; the order stays, whatever is made or removed meanwhile */
        cursor?: string;
      };
      header?: {
        /** @description W3C trace context: the trace goes on in all that the request causes, and `traceId` of a problem is its id */
        traceparent?: components['parameters']['traceparent'];
        /** @description Any name for the request, which its answer repeats; one with other characters is left out */
        'X-Request-Id'?: components['parameters']['X-Request-Id'];
      };
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description As asked for */
      200: {
        headers: {
          'X-Request-Id': components['headers']['X-Request-Id'];
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Policy': components['headers']['RateLimit-Policy'];
          [name: string]: unknown;
        };
        content: {
          'application/json': {
            items: components['schemas']['Source'][];
            /** @description `cursor` of the next page; null where this is the last one */
            nextCursor: string | null;
          };
        };
      };
      400: components['responses']['BAD_REQUEST'];
      401: components['responses']['UNAUTHENTICATED'];
      403: components['responses']['FORBIDDEN'];
      429: components['responses']['RATE_LIMITED'];
      500: components['responses']['INTERNAL'];
      503: components['responses']['UNAVAILABLE'];
    };
  };
  createSource: {
    parameters: {
      query?: never;
      header?: {
        /** @description Makes a repeated request answer as the first one did; with another request it is 409 */
        'Idempotency-Key'?: string;
        /** @description W3C trace context: the trace goes on in all that the request causes, and `traceId` of a problem is its id */
        traceparent?: components['parameters']['traceparent'];
        /** @description Any name for the request, which its answer repeats; one with other characters is left out */
        'X-Request-Id'?: components['parameters']['X-Request-Id'];
      };
      path?: never;
      cookie?: never;
    };
    requestBody: {
      content: {
        'application/json': components['schemas']['CreateSource'];
      };
    };
    responses: {
      /** @description Made */
      201: {
        headers: {
          /** @description The revision of the thing, for `If-Match` */
          ETag?: string;
          'X-Request-Id': components['headers']['X-Request-Id'];
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Policy': components['headers']['RateLimit-Policy'];
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Source'];
        };
      };
      400: components['responses']['BAD_REQUEST'];
      401: components['responses']['UNAUTHENTICATED'];
      403: components['responses']['FORBIDDEN'];
      409: components['responses']['CONFLICT-IDEMPOTENCY_MISMATCH'];
      413: components['responses']['TOO_LARGE'];
      415: components['responses']['UNSUPPORTED_MEDIA_TYPE'];
      429: components['responses']['RATE_LIMITED'];
      500: components['responses']['INTERNAL'];
      503: components['responses']['UNAVAILABLE'];
    };
  };
  getSource: {
    parameters: {
      query?: never;
      header?: {
        /** @description W3C trace context: the trace goes on in all that the request causes, and `traceId` of a problem is its id */
        traceparent?: components['parameters']['traceparent'];
        /** @description Any name for the request, which its answer repeats; one with other characters is left out */
        'X-Request-Id'?: components['parameters']['X-Request-Id'];
      };
      path: {
        source: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description As asked for */
      200: {
        headers: {
          /** @description The revision of the thing, for `If-Match` */
          ETag?: string;
          'X-Request-Id': components['headers']['X-Request-Id'];
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Policy': components['headers']['RateLimit-Policy'];
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Source'];
        };
      };
      400: components['responses']['BAD_REQUEST'];
      401: components['responses']['UNAUTHENTICATED'];
      403: components['responses']['FORBIDDEN'];
      404: components['responses']['NOT_FOUND'];
      429: components['responses']['RATE_LIMITED'];
      500: components['responses']['INTERNAL'];
      503: components['responses']['UNAVAILABLE'];
    };
  };
  deleteSource: {
    parameters: {
      query?: never;
      header?: {
        /** @description The ETag of the thing as it was read; where it has changed since, nothing is done and the answer is 412 */
        'If-Match'?: string;
        /** @description W3C trace context: the trace goes on in all that the request causes, and `traceId` of a problem is its id */
        traceparent?: components['parameters']['traceparent'];
        /** @description Any name for the request, which its answer repeats; one with other characters is left out */
        'X-Request-Id'?: components['parameters']['X-Request-Id'];
      };
      path: {
        source: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Done; there is nothing to tell */
      204: {
        headers: {
          'X-Request-Id': components['headers']['X-Request-Id'];
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Policy': components['headers']['RateLimit-Policy'];
          [name: string]: unknown;
        };
        content?: never;
      };
      400: components['responses']['BAD_REQUEST'];
      401: components['responses']['UNAUTHENTICATED'];
      403: components['responses']['FORBIDDEN'];
      404: components['responses']['NOT_FOUND'];
      409: components['responses']['CONFLICT-WRONG_STATE'];
      412: components['responses']['PRECONDITION_FAILED'];
      413: components['responses']['TOO_LARGE'];
      415: components['responses']['UNSUPPORTED_MEDIA_TYPE'];
      429: components['responses']['RATE_LIMITED'];
      500: components['responses']['INTERNAL'];
      503: components['responses']['UNAVAILABLE'];
    };
  };
  updateSource: {
    parameters: {
      query?: never;
      header?: {
        /** @description The ETag of the thing as it was read; where it has changed since, nothing is done and the answer is 412 */
        'If-Match'?: string;
        /** @description W3C trace context: the trace goes on in all that the request causes, and `traceId` of a problem is its id */
        traceparent?: components['parameters']['traceparent'];
        /** @description Any name for the request, which its answer repeats; one with other characters is left out */
        'X-Request-Id'?: components['parameters']['X-Request-Id'];
      };
      path: {
        source: string;
      };
      cookie?: never;
    };
    requestBody: {
      content: {
        'application/json': components['schemas']['UpdateSource'];
      };
    };
    responses: {
      /** @description Done */
      200: {
        headers: {
          /** @description The revision of the thing, for `If-Match` */
          ETag?: string;
          'X-Request-Id': components['headers']['X-Request-Id'];
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Policy': components['headers']['RateLimit-Policy'];
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Source'];
        };
      };
      400: components['responses']['BAD_REQUEST'];
      401: components['responses']['UNAUTHENTICATED'];
      403: components['responses']['FORBIDDEN'];
      404: components['responses']['NOT_FOUND'];
      409: components['responses']['WRONG_STATE'];
      412: components['responses']['PRECONDITION_FAILED'];
      413: components['responses']['TOO_LARGE'];
      415: components['responses']['UNSUPPORTED_MEDIA_TYPE'];
      429: components['responses']['RATE_LIMITED'];
      500: components['responses']['INTERNAL'];
      503: components['responses']['UNAVAILABLE'];
    };
  };
  syncSource: {
    parameters: {
      query?: never;
      header?: {
        /** @description Makes a repeated request answer as the first one did; with another request it is 409 */
        'Idempotency-Key'?: string;
        /** @description W3C trace context: the trace goes on in all that the request causes, and `traceId` of a problem is its id */
        traceparent?: components['parameters']['traceparent'];
        /** @description Any name for the request, which its answer repeats; one with other characters is left out */
        'X-Request-Id'?: components['parameters']['X-Request-Id'];
      };
      path: {
        source: string;
      };
      cookie?: never;
    };
    requestBody?: {
      content: {
        'application/json': Record<string, never>;
      };
    };
    responses: {
      /** @description Taken on: the answer tells how things stand now */
      202: {
        headers: {
          /** @description The revision of the thing, for `If-Match` */
          ETag?: string;
          'X-Request-Id': components['headers']['X-Request-Id'];
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Policy': components['headers']['RateLimit-Policy'];
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Source'];
        };
      };
      400: components['responses']['BAD_REQUEST'];
      401: components['responses']['UNAUTHENTICATED'];
      403: components['responses']['FORBIDDEN'];
      404: components['responses']['NOT_FOUND'];
      409: components['responses']['IDEMPOTENCY_MISMATCH'];
      413: components['responses']['TOO_LARGE'];
      415: components['responses']['UNSUPPORTED_MEDIA_TYPE'];
      429: components['responses']['RATE_LIMITED'];
      500: components['responses']['INTERNAL'];
      503: components['responses']['UNAVAILABLE'];
    };
  };
  listRecipes: {
    parameters: {
      query?: {
        /** @description items a page */
        limit?: number;
        /** @description `nextCursor` of the page before; the order stays, whatever is made or removed meanwhile */
        cursor?: string;
        /** @description id or name of the source */
        source?: string;
        driver?: 'docker' | 'libvirt' | 'prometheus' | 'terraform' | 'kubectl' | 'helm' | 'shell' | 'pretend';
      };
      header?: {
        /** @description W3C trace context: the trace goes on in all that the request causes, and `traceId` of a problem is its id */
        traceparent?: components['parameters']['traceparent'];
        /** @description Any name for the request, which its answer repeats; one with other characters is left out */
        'X-Request-Id'?: components['parameters']['X-Request-Id'];
      };
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description As asked for */
      200: {
        headers: {
          'X-Request-Id': components['headers']['X-Request-Id'];
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Policy': components['headers']['RateLimit-Policy'];
          [name: string]: unknown;
        };
        content: {
          'application/json': {
            items: components['schemas']['RecipeSummary'][];
            /** @description `cursor` of the next page; null where this is the last one */
            nextCursor: string | null;
          };
        };
      };
      400: components['responses']['BAD_REQUEST'];
      401: components['responses']['UNAUTHENTICATED'];
      403: components['responses']['FORBIDDEN'];
      429: components['responses']['RATE_LIMITED'];
      500: components['responses']['INTERNAL'];
      503: components['responses']['UNAVAILABLE'];
    };
  };
  getRecipe: {
    parameters: {
      query?: {
        /** @description id or name of the source */
        source?: string;
        /** @description the newest if not given */
        version?: string;
      };
      header?: {
        /** @description W3C trace context: the trace goes on in all that the request causes, and `traceId` of a problem is its id */
        traceparent?: components['parameters']['traceparent'];
        /** @description Any name for the request, which its answer repeats; one with other characters is left out */
        'X-Request-Id'?: components['parameters']['X-Request-Id'];
      };
      path: {
        name: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description As asked for */
      200: {
        headers: {
          'X-Request-Id': components['headers']['X-Request-Id'];
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Policy': components['headers']['RateLimit-Policy'];
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Recipe'];
        };
      };
      400: components['responses']['BAD_REQUEST'];
      401: components['responses']['UNAUTHENTICATED'];
      403: components['responses']['FORBIDDEN'];
      404: components['responses']['NOT_FOUND'];
      409: components['responses']['CONFLICT'];
      429: components['responses']['RATE_LIMITED'];
      500: components['responses']['INTERNAL'];
      503: components['responses']['UNAVAILABLE'];
    };
  };
  lintRecipe: {
    parameters: {
      query?: never;
      header?: {
        /** @description W3C trace context: the trace goes on in all that the request causes, and `traceId` of a problem is its id */
        traceparent?: components['parameters']['traceparent'];
        /** @description Any name for the request, which its answer repeats; one with other characters is left out */
        'X-Request-Id'?: components['parameters']['X-Request-Id'];
      };
      path?: never;
      cookie?: never;
    };
    requestBody: {
      content: {
        'application/json': components['schemas']['LintRecipe'];
      };
    };
    responses: {
      /** @description Done */
      200: {
        headers: {
          'X-Request-Id': components['headers']['X-Request-Id'];
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Policy': components['headers']['RateLimit-Policy'];
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['LintReport'];
        };
      };
      400: components['responses']['BAD_REQUEST'];
      401: components['responses']['UNAUTHENTICATED'];
      403: components['responses']['FORBIDDEN'];
      413: components['responses']['TOO_LARGE'];
      415: components['responses']['UNSUPPORTED_MEDIA_TYPE'];
      429: components['responses']['RATE_LIMITED'];
      500: components['responses']['INTERNAL'];
      503: components['responses']['UNAVAILABLE'];
    };
  };
  listResources: {
    parameters: {
      query?: {
        /** @description items a page */
        limit?: number;
        /** @description `nextCursor` of the page before; the order stays, whatever is made or removed meanwhile */
        cursor?: string;
        /** @description id or name of a zone */
        zone?: string;
        status?: 'new' | 'applying' | 'ready' | 'drifted' | 'failed' | 'destroying' | 'destroyed' | 'unknown';
        recipe?: string;
      };
      header?: {
        /** @description W3C trace context: the trace goes on in all that the request causes, and `traceId` of a problem is its id */
        traceparent?: components['parameters']['traceparent'];
        /** @description Any name for the request, which its answer repeats; one with other characters is left out */
        'X-Request-Id'?: components['parameters']['X-Request-Id'];
      };
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description As asked for */
      200: {
        headers: {
          'X-Request-Id': components['headers']['X-Request-Id'];
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Policy': components['headers']['RateLimit-Policy'];
          [name: string]: unknown;
        };
        content: {
          'application/json': {
            items: components['schemas']['Resource'][];
            /** @description `cursor` of the next page; null where this is the last one */
            nextCursor: string | null;
          };
        };
      };
      400: components['responses']['BAD_REQUEST'];
      401: components['responses']['UNAUTHENTICATED'];
      403: components['responses']['FORBIDDEN'];
      404: components['responses']['NOT_FOUND'];
      429: components['responses']['RATE_LIMITED'];
      500: components['responses']['INTERNAL'];
      503: components['responses']['UNAVAILABLE'];
    };
  };
  createResource: {
    parameters: {
      query?: never;
      header?: {
        /** @description Makes a repeated request answer as the first one did; with another request it is 409 */
        'Idempotency-Key'?: string;
        /** @description W3C trace context: the trace goes on in all that the request causes, and `traceId` of a problem is its id */
        traceparent?: components['parameters']['traceparent'];
        /** @description Any name for the request, which its answer repeats; one with other characters is left out */
        'X-Request-Id'?: components['parameters']['X-Request-Id'];
      };
      path?: never;
      cookie?: never;
    };
    requestBody: {
      content: {
        'application/json': components['schemas']['CreateResource'];
      };
    };
    responses: {
      /** @description Made */
      201: {
        headers: {
          /** @description The revision of the thing, for `If-Match` */
          ETag?: string;
          'X-Request-Id': components['headers']['X-Request-Id'];
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Policy': components['headers']['RateLimit-Policy'];
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Resource'];
        };
      };
      400: components['responses']['BAD_REQUEST'];
      401: components['responses']['UNAUTHENTICATED'];
      403: components['responses']['FORBIDDEN'];
      404: components['responses']['NOT_FOUND'];
      409: components['responses']['CONFLICT-WRONG_STATE-IDEMPOTENCY_MISMATCH'];
      413: components['responses']['TOO_LARGE'];
      415: components['responses']['UNSUPPORTED_MEDIA_TYPE'];
      429: components['responses']['RATE_LIMITED'];
      500: components['responses']['INTERNAL'];
      503: components['responses']['UNAVAILABLE'];
    };
  };
  getResource: {
    parameters: {
      query?: never;
      header?: {
        /** @description W3C trace context: the trace goes on in all that the request causes, and `traceId` of a problem is its id */
        traceparent?: components['parameters']['traceparent'];
        /** @description Any name for the request, which its answer repeats; one with other characters is left out */
        'X-Request-Id'?: components['parameters']['X-Request-Id'];
      };
      path: {
        id: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description As asked for */
      200: {
        headers: {
          /** @description The revision of the thing, for `If-Match` */
          ETag?: string;
          'X-Request-Id': components['headers']['X-Request-Id'];
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Policy': components['headers']['RateLimit-Policy'];
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Resource'];
        };
      };
      400: components['responses']['BAD_REQUEST'];
      401: components['responses']['UNAUTHENTICATED'];
      403: components['responses']['FORBIDDEN'];
      404: components['responses']['NOT_FOUND'];
      429: components['responses']['RATE_LIMITED'];
      500: components['responses']['INTERNAL'];
      503: components['responses']['UNAVAILABLE'];
    };
  };
  deleteResource: {
    parameters: {
      query?: never;
      header?: {
        /** @description The ETag of the thing as it was read; where it has changed since, nothing is done and the answer is 412 */
        'If-Match'?: string;
        /** @description W3C trace context: the trace goes on in all that the request causes, and `traceId` of a problem is its id */
        traceparent?: components['parameters']['traceparent'];
        /** @description Any name for the request, which its answer repeats; one with other characters is left out */
        'X-Request-Id'?: components['parameters']['X-Request-Id'];
      };
      path: {
        id: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Done; there is nothing to tell */
      204: {
        headers: {
          'X-Request-Id': components['headers']['X-Request-Id'];
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Policy': components['headers']['RateLimit-Policy'];
          [name: string]: unknown;
        };
        content?: never;
      };
      400: components['responses']['BAD_REQUEST'];
      401: components['responses']['UNAUTHENTICATED'];
      403: components['responses']['FORBIDDEN'];
      404: components['responses']['NOT_FOUND'];
      409: components['responses']['WRONG_STATE'];
      412: components['responses']['PRECONDITION_FAILED'];
      413: components['responses']['TOO_LARGE'];
      415: components['responses']['UNSUPPORTED_MEDIA_TYPE'];
      429: components['responses']['RATE_LIMITED'];
      500: components['responses']['INTERNAL'];
      503: components['responses']['UNAVAILABLE'];
    };
  };
  updateResource: {
    parameters: {
      query?: never;
      header?: {
        /** @description The ETag of the thing as it was read; where it has changed since, nothing is done and the answer is 412 */
        'If-Match'?: string;
        /** @description W3C trace context: the trace goes on in all that the request causes, and `traceId` of a problem is its id */
        traceparent?: components['parameters']['traceparent'];
        /** @description Any name for the request, which its answer repeats; one with other characters is left out */
        'X-Request-Id'?: components['parameters']['X-Request-Id'];
      };
      path: {
        id: string;
      };
      cookie?: never;
    };
    requestBody: {
      content: {
        'application/json': components['schemas']['UpdateResource'];
      };
    };
    responses: {
      /** @description Done */
      200: {
        headers: {
          /** @description The revision of the thing, for `If-Match` */
          ETag?: string;
          'X-Request-Id': components['headers']['X-Request-Id'];
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Policy': components['headers']['RateLimit-Policy'];
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Resource'];
        };
      };
      400: components['responses']['BAD_REQUEST'];
      401: components['responses']['UNAUTHENTICATED'];
      403: components['responses']['FORBIDDEN'];
      404: components['responses']['NOT_FOUND'];
      409: components['responses']['CONFLICT-WRONG_STATE'];
      412: components['responses']['PRECONDITION_FAILED'];
      413: components['responses']['TOO_LARGE'];
      415: components['responses']['UNSUPPORTED_MEDIA_TYPE'];
      429: components['responses']['RATE_LIMITED'];
      500: components['responses']['INTERNAL'];
      503: components['responses']['UNAVAILABLE'];
    };
  };
  planResource: {
    parameters: {
      query?: never;
      header?: {
        /** @description Makes a repeated request answer as the first one did; with another request it is 409 */
        'Idempotency-Key'?: string;
        /** @description W3C trace context: the trace goes on in all that the request causes, and `traceId` of a problem is its id */
        traceparent?: components['parameters']['traceparent'];
        /** @description Any name for the request, which its answer repeats; one with other characters is left out */
        'X-Request-Id'?: components['parameters']['X-Request-Id'];
      };
      path: {
        id: string;
      };
      cookie?: never;
    };
    requestBody?: {
      content: {
        'application/json': Record<string, never>;
      };
    };
    responses: {
      /** @description Taken on: the answer tells how things stand now */
      202: {
        headers: {
          'X-Request-Id': components['headers']['X-Request-Id'];
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Policy': components['headers']['RateLimit-Policy'];
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Operation'];
        };
      };
      400: components['responses']['BAD_REQUEST'];
      401: components['responses']['UNAUTHENTICATED'];
      403: components['responses']['FORBIDDEN'];
      404: components['responses']['NOT_FOUND'];
      409: components['responses']['WRONG_STATE-IDEMPOTENCY_MISMATCH'];
      413: components['responses']['TOO_LARGE'];
      415: components['responses']['UNSUPPORTED_MEDIA_TYPE'];
      429: components['responses']['RATE_LIMITED'];
      500: components['responses']['INTERNAL'];
      503: components['responses']['UNAVAILABLE'];
    };
  };
  applyResource: {
    parameters: {
      query?: never;
      header?: {
        /** @description Makes a repeated request answer as the first one did; with another request it is 409 */
        'Idempotency-Key'?: string;
        /** @description W3C trace context: the trace goes on in all that the request causes, and `traceId` of a problem is its id */
        traceparent?: components['parameters']['traceparent'];
        /** @description Any name for the request, which its answer repeats; one with other characters is left out */
        'X-Request-Id'?: components['parameters']['X-Request-Id'];
      };
      path: {
        id: string;
      };
      cookie?: never;
    };
    requestBody?: {
      content: {
        'application/json': components['schemas']['ApplyResource'];
      };
    };
    responses: {
      /** @description Taken on: the answer tells how things stand now */
      202: {
        headers: {
          'X-Request-Id': components['headers']['X-Request-Id'];
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Policy': components['headers']['RateLimit-Policy'];
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Operation'];
        };
      };
      400: components['responses']['BAD_REQUEST'];
      401: components['responses']['UNAUTHENTICATED'];
      403: components['responses']['FORBIDDEN'];
      404: components['responses']['NOT_FOUND'];
      409: components['responses']['CONFLICT-WRONG_STATE-IDEMPOTENCY_MISMATCH'];
      413: components['responses']['TOO_LARGE'];
      415: components['responses']['UNSUPPORTED_MEDIA_TYPE'];
      429: components['responses']['RATE_LIMITED'];
      500: components['responses']['INTERNAL'];
      503: components['responses']['UNAVAILABLE'];
    };
  };
  destroyResource: {
    parameters: {
      query?: never;
      header?: {
        /** @description Makes a repeated request answer as the first one did; with another request it is 409 */
        'Idempotency-Key'?: string;
        /** @description W3C trace context: the trace goes on in all that the request causes, and `traceId` of a problem is its id */
        traceparent?: components['parameters']['traceparent'];
        /** @description Any name for the request, which its answer repeats; one with other characters is left out */
        'X-Request-Id'?: components['parameters']['X-Request-Id'];
      };
      path: {
        id: string;
      };
      cookie?: never;
    };
    requestBody?: {
      content: {
        'application/json': components['schemas']['DestroyResource'];
      };
    };
    responses: {
      /** @description Taken on: the answer tells how things stand now */
      202: {
        headers: {
          'X-Request-Id': components['headers']['X-Request-Id'];
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Policy': components['headers']['RateLimit-Policy'];
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Operation'];
        };
      };
      400: components['responses']['BAD_REQUEST'];
      401: components['responses']['UNAUTHENTICATED'];
      403: components['responses']['FORBIDDEN'];
      404: components['responses']['NOT_FOUND'];
      409: components['responses']['WRONG_STATE-IDEMPOTENCY_MISMATCH'];
      413: components['responses']['TOO_LARGE'];
      415: components['responses']['UNSUPPORTED_MEDIA_TYPE'];
      429: components['responses']['RATE_LIMITED'];
      500: components['responses']['INTERNAL'];
      503: components['responses']['UNAVAILABLE'];
    };
  };
  rollbackResource: {
    parameters: {
      query?: never;
      header?: {
        /** @description Makes a repeated request answer as the first one did; with another request it is 409 */
        'Idempotency-Key'?: string;
        /** @description W3C trace context: the trace goes on in all that the request causes, and `traceId` of a problem is its id */
        traceparent?: components['parameters']['traceparent'];
        /** @description Any name for the request, which its answer repeats; one with other characters is left out */
        'X-Request-Id'?: components['parameters']['X-Request-Id'];
      };
      path: {
        id: string;
      };
      cookie?: never;
    };
    requestBody?: {
      content: {
        'application/json': components['schemas']['RollbackResource'];
      };
    };
    responses: {
      /** @description Taken on: the answer tells how things stand now */
      202: {
        headers: {
          'X-Request-Id': components['headers']['X-Request-Id'];
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Policy': components['headers']['RateLimit-Policy'];
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Operation'];
        };
      };
      400: components['responses']['BAD_REQUEST'];
      401: components['responses']['UNAUTHENTICATED'];
      403: components['responses']['FORBIDDEN'];
      404: components['responses']['NOT_FOUND'];
      409: components['responses']['WRONG_STATE-IDEMPOTENCY_MISMATCH'];
      413: components['responses']['TOO_LARGE'];
      415: components['responses']['UNSUPPORTED_MEDIA_TYPE'];
      429: components['responses']['RATE_LIMITED'];
      500: components['responses']['INTERNAL'];
      503: components['responses']['UNAVAILABLE'];
    };
  };
  refreshResource: {
    parameters: {
      query?: never;
      header?: {
        /** @description Makes a repeated request answer as the first one did; with another request it is 409 */
        'Idempotency-Key'?: string;
        /** @description W3C trace context: the trace goes on in all that the request causes, and `traceId` of a problem is its id */
        traceparent?: components['parameters']['traceparent'];
        /** @description Any name for the request, which its answer repeats; one with other characters is left out */
        'X-Request-Id'?: components['parameters']['X-Request-Id'];
      };
      path: {
        id: string;
      };
      cookie?: never;
    };
    requestBody?: {
      content: {
        'application/json': Record<string, never>;
      };
    };
    responses: {
      /** @description Taken on: the answer tells how things stand now */
      202: {
        headers: {
          'X-Request-Id': components['headers']['X-Request-Id'];
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Policy': components['headers']['RateLimit-Policy'];
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Operation'];
        };
      };
      400: components['responses']['BAD_REQUEST'];
      401: components['responses']['UNAUTHENTICATED'];
      403: components['responses']['FORBIDDEN'];
      404: components['responses']['NOT_FOUND'];
      409: components['responses']['WRONG_STATE-IDEMPOTENCY_MISMATCH'];
      413: components['responses']['TOO_LARGE'];
      415: components['responses']['UNSUPPORTED_MEDIA_TYPE'];
      429: components['responses']['RATE_LIMITED'];
      500: components['responses']['INTERNAL'];
      503: components['responses']['UNAVAILABLE'];
    };
  };
  listOperations: {
    parameters: {
      query?: {
        /** @description items a page */
        limit?: number;
        /** @description `nextCursor` of the page before; the order stays, whatever is made or removed meanwhile */
        cursor?: string;
      };
      header?: {
        /** @description W3C trace context: the trace goes on in all that the request causes, and `traceId` of a problem is its id */
        traceparent?: components['parameters']['traceparent'];
        /** @description Any name for the request, which its answer repeats; one with other characters is left out */
        'X-Request-Id'?: components['parameters']['X-Request-Id'];
      };
      path: {
        id: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description As asked for */
      200: {
        headers: {
          'X-Request-Id': components['headers']['X-Request-Id'];
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Policy': components['headers']['RateLimit-Policy'];
          [name: string]: unknown;
        };
        content: {
          'application/json': {
            items: components['schemas']['Operation'][];
            /** @description `cursor` of the next page; null where this is the last one */
            nextCursor: string | null;
          };
        };
      };
      400: components['responses']['BAD_REQUEST'];
      401: components['responses']['UNAUTHENTICATED'];
      403: components['responses']['FORBIDDEN'];
      404: components['responses']['NOT_FOUND'];
      429: components['responses']['RATE_LIMITED'];
      500: components['responses']['INTERNAL'];
      503: components['responses']['UNAVAILABLE'];
    };
  };
  listRevisions: {
    parameters: {
      query?: {
        /** @description items a page */
        limit?: number;
        /** @description `nextCursor` of the page before; the order stays, whatever is made or removed meanwhile */
        cursor?: string;
      };
      header?: {
        /** @description W3C trace context: the trace goes on in all that the request causes, and `traceId` of a problem is its id */
        traceparent?: components['parameters']['traceparent'];
        /** @description Any name for the request, which its answer repeats; one with other characters is left out */
        'X-Request-Id'?: components['parameters']['X-Request-Id'];
      };
      path: {
        id: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description As asked for */
      200: {
        headers: {
          'X-Request-Id': components['headers']['X-Request-Id'];
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Policy': components['headers']['RateLimit-Policy'];
          [name: string]: unknown;
        };
        content: {
          'application/json': {
            items: components['schemas']['Revision'][];
            /** @description `cursor` of the next page; null where this is the last one */
            nextCursor: string | null;
          };
        };
      };
      400: components['responses']['BAD_REQUEST'];
      401: components['responses']['UNAUTHENTICATED'];
      403: components['responses']['FORBIDDEN'];
      404: components['responses']['NOT_FOUND'];
      429: components['responses']['RATE_LIMITED'];
      500: components['responses']['INTERNAL'];
      503: components['responses']['UNAVAILABLE'];
    };
  };
  getOperation: {
    parameters: {
      query?: never;
      header?: {
        /** @description W3C trace context: the trace goes on in all that the request causes, and `traceId` of a problem is its id */
        traceparent?: components['parameters']['traceparent'];
        /** @description Any name for the request, which its answer repeats; one with other characters is left out */
        'X-Request-Id'?: components['parameters']['X-Request-Id'];
      };
      path: {
        id: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description As asked for */
      200: {
        headers: {
          'X-Request-Id': components['headers']['X-Request-Id'];
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Policy': components['headers']['RateLimit-Policy'];
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Operation'];
        };
      };
      400: components['responses']['BAD_REQUEST'];
      401: components['responses']['UNAUTHENTICATED'];
      403: components['responses']['FORBIDDEN'];
      404: components['responses']['NOT_FOUND'];
      429: components['responses']['RATE_LIMITED'];
      500: components['responses']['INTERNAL'];
      503: components['responses']['UNAVAILABLE'];
    };
  };
  cancelOperation: {
    parameters: {
      query?: never;
      header?: {
        /** @description W3C trace context: the trace goes on in all that the request causes, and `traceId` of a problem is its id */
        traceparent?: components['parameters']['traceparent'];
        /** @description Any name for the request, which its answer repeats; one with other characters is left out */
        'X-Request-Id'?: components['parameters']['X-Request-Id'];
      };
      path: {
        id: string;
      };
      cookie?: never;
    };
    requestBody?: {
      content: {
        'application/json': Record<string, never>;
      };
    };
    responses: {
      /** @description Taken on: the answer tells how things stand now */
      202: {
        headers: {
          'X-Request-Id': components['headers']['X-Request-Id'];
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Policy': components['headers']['RateLimit-Policy'];
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Operation'];
        };
      };
      400: components['responses']['BAD_REQUEST'];
      401: components['responses']['UNAUTHENTICATED'];
      403: components['responses']['FORBIDDEN'];
      404: components['responses']['NOT_FOUND'];
      409: components['responses']['WRONG_STATE'];
      413: components['responses']['TOO_LARGE'];
      415: components['responses']['UNSUPPORTED_MEDIA_TYPE'];
      429: components['responses']['RATE_LIMITED'];
      500: components['responses']['INTERNAL'];
      503: components['responses']['UNAVAILABLE'];
    };
  };
  followEvents: {
    parameters: {
      query?: {
        /** @description events of this zone only */
        zone?: string;
        /** @description types of events, separated by commas; `host.*` is all of a topic */
        type?: string;
        /** @description events about this agent, zone, incident, task, run, schedule or resource only */
        subject?: string;
        /** @description as the header Last-Event-ID, which counts where both are given */
        lastEventId?: string;
      };
      header?: {
        /** @description The id of the last event that was received: what came after it is sent first */
        'Last-Event-ID'?: string;
        /** @description W3C trace context: the trace goes on in all that the request causes, and `traceId` of a problem is its id */
        traceparent?: components['parameters']['traceparent'];
        /** @description Any name for the request, which its answer repeats; one with other characters is left out */
        'X-Request-Id'?: components['parameters']['X-Request-Id'];
      };
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description As asked for */
      200: {
        headers: {
          'X-Request-Id': components['headers']['X-Request-Id'];
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Policy': components['headers']['RateLimit-Policy'];
          [name: string]: unknown;
        };
        content: {
          'text/event-stream': string;
        };
      };
      400: components['responses']['BAD_REQUEST'];
      401: components['responses']['UNAUTHENTICATED'];
      403: components['responses']['FORBIDDEN'];
      404: components['responses']['NOT_FOUND'];
      429: components['responses']['RATE_LIMITED'];
      500: components['responses']['INTERNAL'];
      503: components['responses']['UNAVAILABLE'];
    };
  };
  listScrapeTargets: {
    parameters: {
      query?: {
        /** @description id or name of a zone */
        zone?: string;
      };
      header?: {
        /** @description W3C trace context: the trace goes on in all that the request causes, and `traceId` of a problem is its id */
        traceparent?: components['parameters']['traceparent'];
        /** @description Any name for the request, which its answer repeats; one with other characters is left out */
        'X-Request-Id'?: components['parameters']['X-Request-Id'];
      };
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description As asked for */
      200: {
        headers: {
          'X-Request-Id': components['headers']['X-Request-Id'];
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Policy': components['headers']['RateLimit-Policy'];
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ScrapeTarget'][];
        };
      };
      400: components['responses']['BAD_REQUEST'];
      401: components['responses']['UNAUTHENTICATED'];
      403: components['responses']['FORBIDDEN'];
      404: components['responses']['NOT_FOUND'];
      429: components['responses']['RATE_LIMITED'];
      500: components['responses']['INTERNAL'];
      503: components['responses']['UNAVAILABLE'];
    };
  };
  listSessions: {
    parameters: {
      query?: {
        /** @description items a page */
        limit?: number;
        /** @description `nextCursor` of the page before; the order stays, whatever is made or removed meanwhile */
        cursor?: string;
        /** @description of this user; for admins of all zones */
        user?: string;
      };
      header?: {
        /** @description W3C trace context: the trace goes on in all that the request causes, and `traceId` of a problem is its id */
        traceparent?: components['parameters']['traceparent'];
        /** @description Any name for the request, which its answer repeats; one with other characters is left out */
        'X-Request-Id'?: components['parameters']['X-Request-Id'];
      };
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description As asked for */
      200: {
        headers: {
          'X-Request-Id': components['headers']['X-Request-Id'];
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Policy': components['headers']['RateLimit-Policy'];
          [name: string]: unknown;
        };
        content: {
          'application/json': {
            items: components['schemas']['Session'][];
            /** @description `cursor` of the next page; null where this is the last one */
            nextCursor: string | null;
          };
        };
      };
      400: components['responses']['BAD_REQUEST'];
      401: components['responses']['UNAUTHENTICATED'];
      403: components['responses']['FORBIDDEN'];
      429: components['responses']['RATE_LIMITED'];
      500: components['responses']['INTERNAL'];
      503: components['responses']['UNAVAILABLE'];
    };
  };
  createSession: {
    parameters: {
      query?: never;
      header?: {
        /** @description W3C trace context: the trace goes on in all that the request causes, and `traceId` of a problem is its id */
        traceparent?: components['parameters']['traceparent'];
        /** @description Any name for the request, which its answer repeats; one with other characters is left out */
        'X-Request-Id'?: components['parameters']['X-Request-Id'];
      };
      path?: never;
      cookie?: never;
    };
    requestBody: {
      content: {
        'application/json': components['schemas']['CreateSession'];
      };
    };
    responses: {
      /** @description Made */
      201: {
        headers: {
          'X-Request-Id': components['headers']['X-Request-Id'];
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Policy': components['headers']['RateLimit-Policy'];
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['CreatedSession'];
        };
      };
      400: components['responses']['BAD_REQUEST'];
      401: components['responses']['BAD_CREDENTIALS'];
      409: components['responses']['CONFLICT'];
      413: components['responses']['TOO_LARGE'];
      415: components['responses']['UNSUPPORTED_MEDIA_TYPE'];
      429: components['responses']['RATE_LIMITED'];
      500: components['responses']['INTERNAL'];
      503: components['responses']['UNAVAILABLE'];
    };
  };
  endOtherSessions: {
    parameters: {
      query?: never;
      header?: {
        /** @description W3C trace context: the trace goes on in all that the request causes, and `traceId` of a problem is its id */
        traceparent?: components['parameters']['traceparent'];
        /** @description Any name for the request, which its answer repeats; one with other characters is left out */
        'X-Request-Id'?: components['parameters']['X-Request-Id'];
      };
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Done; there is nothing to tell */
      204: {
        headers: {
          'X-Request-Id': components['headers']['X-Request-Id'];
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Policy': components['headers']['RateLimit-Policy'];
          [name: string]: unknown;
        };
        content?: never;
      };
      400: components['responses']['BAD_REQUEST'];
      401: components['responses']['UNAUTHENTICATED'];
      403: components['responses']['FORBIDDEN'];
      413: components['responses']['TOO_LARGE'];
      415: components['responses']['UNSUPPORTED_MEDIA_TYPE'];
      429: components['responses']['RATE_LIMITED'];
      500: components['responses']['INTERNAL'];
      503: components['responses']['UNAVAILABLE'];
    };
  };
  renewSession: {
    parameters: {
      query?: never;
      header?: {
        /** @description W3C trace context: the trace goes on in all that the request causes, and `traceId` of a problem is its id */
        traceparent?: components['parameters']['traceparent'];
        /** @description Any name for the request, which its answer repeats; one with other characters is left out */
        'X-Request-Id'?: components['parameters']['X-Request-Id'];
      };
      path?: never;
      cookie?: never;
    };
    requestBody?: {
      content: {
        'application/json': Record<string, never>;
      };
    };
    responses: {
      /** @description Made */
      201: {
        headers: {
          'X-Request-Id': components['headers']['X-Request-Id'];
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Policy': components['headers']['RateLimit-Policy'];
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['RenewedSession'];
        };
      };
      400: components['responses']['BAD_REQUEST'];
      401: components['responses']['UNAUTHENTICATED'];
      403: components['responses']['FORBIDDEN'];
      409: components['responses']['WRONG_STATE'];
      413: components['responses']['TOO_LARGE'];
      415: components['responses']['UNSUPPORTED_MEDIA_TYPE'];
      429: components['responses']['RATE_LIMITED'];
      500: components['responses']['INTERNAL'];
      503: components['responses']['UNAVAILABLE'];
    };
  };
  signOut: {
    parameters: {
      query?: never;
      header?: {
        /** @description W3C trace context: the trace goes on in all that the request causes, and `traceId` of a problem is its id */
        traceparent?: components['parameters']['traceparent'];
        /** @description Any name for the request, which its answer repeats; one with other characters is left out */
        'X-Request-Id'?: components['parameters']['X-Request-Id'];
      };
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Done; there is nothing to tell */
      204: {
        headers: {
          'X-Request-Id': components['headers']['X-Request-Id'];
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Policy': components['headers']['RateLimit-Policy'];
          [name: string]: unknown;
        };
        content?: never;
      };
      400: components['responses']['BAD_REQUEST'];
      401: components['responses']['UNAUTHENTICATED'];
      403: components['responses']['FORBIDDEN'];
      413: components['responses']['TOO_LARGE'];
      415: components['responses']['UNSUPPORTED_MEDIA_TYPE'];
      429: components['responses']['RATE_LIMITED'];
      500: components['responses']['INTERNAL'];
      503: components['responses']['UNAVAILABLE'];
    };
  };
  endSession: {
    parameters: {
      query?: never;
      header?: {
        /** @description W3C trace context: the trace goes on in all that the request causes, and `traceId` of a problem is its id */
        traceparent?: components['parameters']['traceparent'];
        /** @description Any name for the request, which its answer repeats; one with other characters is left out */
        'X-Request-Id'?: components['parameters']['X-Request-Id'];
      };
      path: {
        id: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Done; there is nothing to tell */
      204: {
        headers: {
          'X-Request-Id': components['headers']['X-Request-Id'];
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Policy': components['headers']['RateLimit-Policy'];
          [name: string]: unknown;
        };
        content?: never;
      };
      400: components['responses']['BAD_REQUEST'];
      401: components['responses']['UNAUTHENTICATED'];
      403: components['responses']['FORBIDDEN'];
      404: components['responses']['NOT_FOUND'];
      413: components['responses']['TOO_LARGE'];
      415: components['responses']['UNSUPPORTED_MEDIA_TYPE'];
      429: components['responses']['RATE_LIMITED'];
      500: components['responses']['INTERNAL'];
      503: components['responses']['UNAVAILABLE'];
    };
  };
  getOwnAccount: {
    parameters: {
      query?: never;
      header?: {
        /** @description W3C trace context: the trace goes on in all that the request causes, and `traceId` of a problem is its id */
        traceparent?: components['parameters']['traceparent'];
        /** @description Any name for the request, which its answer repeats; one with other characters is left out */
        'X-Request-Id'?: components['parameters']['X-Request-Id'];
      };
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description As asked for */
      200: {
        headers: {
          /** @description The revision of the thing, for `If-Match` */
          ETag?: string;
          'X-Request-Id': components['headers']['X-Request-Id'];
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Policy': components['headers']['RateLimit-Policy'];
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['User'];
        };
      };
      400: components['responses']['BAD_REQUEST'];
      401: components['responses']['UNAUTHENTICATED'];
      429: components['responses']['RATE_LIMITED'];
      500: components['responses']['INTERNAL'];
      503: components['responses']['UNAVAILABLE'];
    };
  };
  updateOwnAccount: {
    parameters: {
      query?: never;
      header?: {
        /** @description The ETag of the thing as it was read; where it has changed since, nothing is done and the answer is 412 */
        'If-Match'?: string;
        /** @description W3C trace context: the trace goes on in all that the request causes, and `traceId` of a problem is its id */
        traceparent?: components['parameters']['traceparent'];
        /** @description Any name for the request, which its answer repeats; one with other characters is left out */
        'X-Request-Id'?: components['parameters']['X-Request-Id'];
      };
      path?: never;
      cookie?: never;
    };
    requestBody: {
      content: {
        'application/json': components['schemas']['UpdateMe'];
      };
    };
    responses: {
      /** @description Done */
      200: {
        headers: {
          /** @description The revision of the thing, for `If-Match` */
          ETag?: string;
          'X-Request-Id': components['headers']['X-Request-Id'];
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Policy': components['headers']['RateLimit-Policy'];
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['User'];
        };
      };
      400: components['responses']['BAD_REQUEST'];
      401: components['responses']['UNAUTHENTICATED'];
      403: components['responses']['FORBIDDEN'];
      412: components['responses']['PRECONDITION_FAILED'];
      413: components['responses']['TOO_LARGE'];
      415: components['responses']['UNSUPPORTED_MEDIA_TYPE'];
      429: components['responses']['RATE_LIMITED'];
      500: components['responses']['INTERNAL'];
      503: components['responses']['UNAVAILABLE'];
    };
  };
  changePassword: {
    parameters: {
      query?: never;
      header?: {
        /** @description W3C trace context: the trace goes on in all that the request causes, and `traceId` of a problem is its id */
        traceparent?: components['parameters']['traceparent'];
        /** @description Any name for the request, which its answer repeats; one with other characters is left out */
        'X-Request-Id'?: components['parameters']['X-Request-Id'];
      };
      path?: never;
      cookie?: never;
    };
    requestBody: {
      content: {
        'application/json': components['schemas']['ChangePassword'];
      };
    };
    responses: {
      /** @description Done */
      200: {
        headers: {
          /** @description The revision of the thing, for `If-Match` */
          ETag?: string;
          'X-Request-Id': components['headers']['X-Request-Id'];
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Policy': components['headers']['RateLimit-Policy'];
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['User'];
        };
      };
      400: components['responses']['BAD_REQUEST'];
      401: components['responses']['UNAUTHENTICATED'];
      403: components['responses']['FORBIDDEN'];
      409: components['responses']['WRONG_STATE'];
      413: components['responses']['TOO_LARGE'];
      415: components['responses']['UNSUPPORTED_MEDIA_TYPE'];
      429: components['responses']['RATE_LIMITED'];
      500: components['responses']['INTERNAL'];
      503: components['responses']['UNAVAILABLE'];
    };
  };
  listUsers: {
    parameters: {
      query?: {
        /** @description items a page */
        limit?: number;
        /** @description `nextCursor` of the page before; the order stays, whatever is made or removed meanwhile */
        cursor?: string;
      };
      header?: {
        /** @description W3C trace context: the trace goes on in all that the request causes, and `traceId` of a problem is its id */
        traceparent?: components['parameters']['traceparent'];
        /** @description Any name for the request, which its answer repeats; one with other characters is left out */
        'X-Request-Id'?: components['parameters']['X-Request-Id'];
      };
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description As asked for */
      200: {
        headers: {
          'X-Request-Id': components['headers']['X-Request-Id'];
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Policy': components['headers']['RateLimit-Policy'];
          [name: string]: unknown;
        };
        content: {
          'application/json': {
            items: components['schemas']['User'][];
            /** @description `cursor` of the next page; null where this is the last one */
            nextCursor: string | null;
          };
        };
      };
      400: components['responses']['BAD_REQUEST'];
      401: components['responses']['UNAUTHENTICATED'];
      403: components['responses']['FORBIDDEN'];
      429: components['responses']['RATE_LIMITED'];
      500: components['responses']['INTERNAL'];
      503: components['responses']['UNAVAILABLE'];
    };
  };
  createUser: {
    parameters: {
      query?: never;
      header?: {
        /** @description Makes a repeated request answer as the first one did; with another request it is 409 */
        'Idempotency-Key'?: string;
        /** @description W3C trace context: the trace goes on in all that the request causes, and `traceId` of a problem is its id */
        traceparent?: components['parameters']['traceparent'];
        /** @description Any name for the request, which its answer repeats; one with other characters is left out */
        'X-Request-Id'?: components['parameters']['X-Request-Id'];
      };
      path?: never;
      cookie?: never;
    };
    requestBody: {
      content: {
        'application/json': components['schemas']['CreateUser'];
      };
    };
    responses: {
      /** @description Made */
      201: {
        headers: {
          /** @description The revision of the thing, for `If-Match` */
          ETag?: string;
          'X-Request-Id': components['headers']['X-Request-Id'];
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Policy': components['headers']['RateLimit-Policy'];
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['CreatedUser'];
        };
      };
      400: components['responses']['BAD_REQUEST'];
      401: components['responses']['UNAUTHENTICATED'];
      403: components['responses']['FORBIDDEN'];
      409: components['responses']['CONFLICT-IDEMPOTENCY_MISMATCH-SECRET_SHOWN_ONCE'];
      413: components['responses']['TOO_LARGE'];
      415: components['responses']['UNSUPPORTED_MEDIA_TYPE'];
      429: components['responses']['RATE_LIMITED'];
      500: components['responses']['INTERNAL'];
      503: components['responses']['UNAVAILABLE'];
    };
  };
  getUser: {
    parameters: {
      query?: never;
      header?: {
        /** @description W3C trace context: the trace goes on in all that the request causes, and `traceId` of a problem is its id */
        traceparent?: components['parameters']['traceparent'];
        /** @description Any name for the request, which its answer repeats; one with other characters is left out */
        'X-Request-Id'?: components['parameters']['X-Request-Id'];
      };
      path: {
        id: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description As asked for */
      200: {
        headers: {
          /** @description The revision of the thing, for `If-Match` */
          ETag?: string;
          'X-Request-Id': components['headers']['X-Request-Id'];
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Policy': components['headers']['RateLimit-Policy'];
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['User'];
        };
      };
      400: components['responses']['BAD_REQUEST'];
      401: components['responses']['UNAUTHENTICATED'];
      403: components['responses']['FORBIDDEN'];
      404: components['responses']['NOT_FOUND'];
      429: components['responses']['RATE_LIMITED'];
      500: components['responses']['INTERNAL'];
      503: components['responses']['UNAVAILABLE'];
    };
  };
  deleteUser: {
    parameters: {
      query?: never;
      header?: {
        /** @description The ETag of the thing as it was read; where it has changed since, nothing is done and the answer is 412 */
        'If-Match'?: string;
        /** @description W3C trace context: the trace goes on in all that the request causes, and `traceId` of a problem is its id */
        traceparent?: components['parameters']['traceparent'];
        /** @description Any name for the request, which its answer repeats; one with other characters is left out */
        'X-Request-Id'?: components['parameters']['X-Request-Id'];
      };
      path: {
        id: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Done; there is nothing to tell */
      204: {
        headers: {
          'X-Request-Id': components['headers']['X-Request-Id'];
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Policy': components['headers']['RateLimit-Policy'];
          [name: string]: unknown;
        };
        content?: never;
      };
      400: components['responses']['BAD_REQUEST'];
      401: components['responses']['UNAUTHENTICATED'];
      403: components['responses']['FORBIDDEN'];
      404: components['responses']['NOT_FOUND'];
      409: components['responses']['WRONG_STATE'];
      412: components['responses']['PRECONDITION_FAILED'];
      413: components['responses']['TOO_LARGE'];
      415: components['responses']['UNSUPPORTED_MEDIA_TYPE'];
      429: components['responses']['RATE_LIMITED'];
      500: components['responses']['INTERNAL'];
      503: components['responses']['UNAVAILABLE'];
    };
  };
  updateUser: {
    parameters: {
      query?: never;
      header?: {
        /** @description The ETag of the thing as it was read; where it has changed since, nothing is done and the answer is 412 */
        'If-Match'?: string;
        /** @description W3C trace context: the trace goes on in all that the request causes, and `traceId` of a problem is its id */
        traceparent?: components['parameters']['traceparent'];
        /** @description Any name for the request, which its answer repeats; one with other characters is left out */
        'X-Request-Id'?: components['parameters']['X-Request-Id'];
      };
      path: {
        id: string;
      };
      cookie?: never;
    };
    requestBody: {
      content: {
        'application/json': components['schemas']['UpdateUser'];
      };
    };
    responses: {
      /** @description Done */
      200: {
        headers: {
          /** @description The revision of the thing, for `If-Match` */
          ETag?: string;
          'X-Request-Id': components['headers']['X-Request-Id'];
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Policy': components['headers']['RateLimit-Policy'];
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['User'];
        };
      };
      400: components['responses']['BAD_REQUEST'];
      401: components['responses']['UNAUTHENTICATED'];
      403: components['responses']['FORBIDDEN'];
      404: components['responses']['NOT_FOUND'];
      409: components['responses']['WRONG_STATE'];
      412: components['responses']['PRECONDITION_FAILED'];
      413: components['responses']['TOO_LARGE'];
      415: components['responses']['UNSUPPORTED_MEDIA_TYPE'];
      429: components['responses']['RATE_LIMITED'];
      500: components['responses']['INTERNAL'];
      503: components['responses']['UNAVAILABLE'];
    };
  };
  resetPassword: {
    parameters: {
      query?: never;
      header?: {
        /** @description Makes a repeated request answer as the first one did; with another request it is 409 */
        'Idempotency-Key'?: string;
        /** @description W3C trace context: the trace goes on in all that the request causes, and `traceId` of a problem is its id */
        traceparent?: components['parameters']['traceparent'];
        /** @description Any name for the request, which its answer repeats; one with other characters is left out */
        'X-Request-Id'?: components['parameters']['X-Request-Id'];
      };
      path: {
        id: string;
      };
      cookie?: never;
    };
    requestBody: {
      content: {
        'application/json': components['schemas']['ResetPassword'];
      };
    };
    responses: {
      /** @description Done */
      200: {
        headers: {
          /** @description The revision of the thing, for `If-Match` */
          ETag?: string;
          'X-Request-Id': components['headers']['X-Request-Id'];
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Policy': components['headers']['RateLimit-Policy'];
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['CreatedUser'];
        };
      };
      400: components['responses']['BAD_REQUEST'];
      401: components['responses']['UNAUTHENTICATED'];
      403: components['responses']['FORBIDDEN'];
      404: components['responses']['NOT_FOUND'];
      409: components['responses']['IDEMPOTENCY_MISMATCH-SECRET_SHOWN_ONCE'];
      413: components['responses']['TOO_LARGE'];
      415: components['responses']['UNSUPPORTED_MEDIA_TYPE'];
      429: components['responses']['RATE_LIMITED'];
      500: components['responses']['INTERNAL'];
      503: components['responses']['UNAVAILABLE'];
    };
  };
  listInvitations: {
    parameters: {
      query?: {
        /** @description items a page */
        limit?: number;
        /** @description `nextCursor` of the page before; the order stays, whatever is made or removed meanwhile */
        cursor?: string;
      };
      header?: {
        /** @description W3C trace context: the trace goes on in all that the request causes, and `traceId` of a problem is its id */
        traceparent?: components['parameters']['traceparent'];
        /** @description Any name for the request, which its answer repeats; one with other characters is left out */
        'X-Request-Id'?: components['parameters']['X-Request-Id'];
      };
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description As asked for */
      200: {
        headers: {
          'X-Request-Id': components['headers']['X-Request-Id'];
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Policy': components['headers']['RateLimit-Policy'];
          [name: string]: unknown;
        };
        content: {
          'application/json': {
            items: components['schemas']['Invitation'][];
            /** @description `cursor` of the next page; null where this is the last one */
            nextCursor: string | null;
          };
        };
      };
      400: components['responses']['BAD_REQUEST'];
      401: components['responses']['UNAUTHENTICATED'];
      403: components['responses']['FORBIDDEN'];
      429: components['responses']['RATE_LIMITED'];
      500: components['responses']['INTERNAL'];
      503: components['responses']['UNAVAILABLE'];
    };
  };
  createInvitation: {
    parameters: {
      query?: never;
      header?: {
        /** @description Makes a repeated request answer as the first one did; with another request it is 409 */
        'Idempotency-Key'?: string;
        /** @description W3C trace context: the trace goes on in all that the request causes, and `traceId` of a problem is its id */
        traceparent?: components['parameters']['traceparent'];
        /** @description Any name for the request, which its answer repeats; one with other characters is left out */
        'X-Request-Id'?: components['parameters']['X-Request-Id'];
      };
      path?: never;
      cookie?: never;
    };
    requestBody: {
      content: {
        'application/json': components['schemas']['CreateInvitation'];
      };
    };
    responses: {
      /** @description Made */
      201: {
        headers: {
          'X-Request-Id': components['headers']['X-Request-Id'];
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Policy': components['headers']['RateLimit-Policy'];
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['CreatedInvitation'];
        };
      };
      400: components['responses']['BAD_REQUEST'];
      401: components['responses']['UNAUTHENTICATED'];
      403: components['responses']['FORBIDDEN'];
      409: components['responses']['CONFLICT-IDEMPOTENCY_MISMATCH-SECRET_SHOWN_ONCE'];
      413: components['responses']['TOO_LARGE'];
      415: components['responses']['UNSUPPORTED_MEDIA_TYPE'];
      429: components['responses']['RATE_LIMITED'];
      500: components['responses']['INTERNAL'];
      503: components['responses']['UNAVAILABLE'];
    };
  };
  revokeInvitation: {
    parameters: {
      query?: never;
      header?: {
        /** @description W3C trace context: the trace goes on in all that the request causes, and `traceId` of a problem is its id */
        traceparent?: components['parameters']['traceparent'];
        /** @description Any name for the request, which its answer repeats; one with other characters is left out */
        'X-Request-Id'?: components['parameters']['X-Request-Id'];
      };
      path: {
        id: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Done; there is nothing to tell */
      204: {
        headers: {
          'X-Request-Id': components['headers']['X-Request-Id'];
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Policy': components['headers']['RateLimit-Policy'];
          [name: string]: unknown;
        };
        content?: never;
      };
      400: components['responses']['BAD_REQUEST'];
      401: components['responses']['UNAUTHENTICATED'];
      403: components['responses']['FORBIDDEN'];
      404: components['responses']['NOT_FOUND'];
      413: components['responses']['TOO_LARGE'];
      415: components['responses']['UNSUPPORTED_MEDIA_TYPE'];
      429: components['responses']['RATE_LIMITED'];
      500: components['responses']['INTERNAL'];
      503: components['responses']['UNAVAILABLE'];
    };
  };
  signUp: {
    parameters: {
      query?: never;
      header?: {
        /** @description W3C trace context: the trace goes on in all that the request causes, and `traceId` of a problem is its id */
        traceparent?: components['parameters']['traceparent'];
        /** @description Any name for the request, which its answer repeats; one with other characters is left out */
        'X-Request-Id'?: components['parameters']['X-Request-Id'];
      };
      path?: never;
      cookie?: never;
    };
    requestBody: {
      content: {
        'application/json': components['schemas']['SignUp'];
      };
    };
    responses: {
      /** @description Made */
      201: {
        headers: {
          'X-Request-Id': components['headers']['X-Request-Id'];
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Policy': components['headers']['RateLimit-Policy'];
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['CreatedSession'];
        };
      };
      400: components['responses']['BAD_REQUEST'];
      401: components['responses']['INVITATION_REFUSED'];
      403: components['responses']['FORBIDDEN'];
      409: components['responses']['CONFLICT'];
      413: components['responses']['TOO_LARGE'];
      415: components['responses']['UNSUPPORTED_MEDIA_TYPE'];
      429: components['responses']['RATE_LIMITED'];
      500: components['responses']['INTERNAL'];
      503: components['responses']['UNAVAILABLE'];
    };
  };
  listApiTokens: {
    parameters: {
      query?: {
        /** @description items a page */
        limit?: number;
        cursor?: string;
        /** @description those of this user, or of everybody; for admins of all zones */
        user?: string | 'all';
      };
      header?: {
        /** @description W3C trace context: the trace goes on in all that the request causes, and `traceId` of a problem is its id */
        traceparent?: components['parameters']['traceparent'];
        /** @description Any name for the request, which its answer repeats; one with other characters is left out */
        'X-Request-Id'?: components['parameters']['X-Request-Id'];
      };
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description As asked for */
      200: {
        headers: {
          'X-Request-Id': components['headers']['X-Request-Id'];
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Policy': components['headers']['RateLimit-Policy'];
          [name: string]: unknown;
        };
        content: {
          'application/json': {
            items: components['schemas']['ApiToken'][];
            /** @description `cursor` of the next page; null where this is the last one */
            nextCursor: string | null;
          };
        };
      };
      400: components['responses']['BAD_REQUEST'];
      401: components['responses']['UNAUTHENTICATED'];
      403: components['responses']['FORBIDDEN'];
      429: components['responses']['RATE_LIMITED'];
      500: components['responses']['INTERNAL'];
      503: components['responses']['UNAVAILABLE'];
    };
  };
  createApiToken: {
    parameters: {
      query?: never;
      header?: {
        /** @description Makes a repeated request answer as the first one did; with another request it is 409 */
        'Idempotency-Key'?: string;
        /** @description W3C trace context: the trace goes on in all that the request causes, and `traceId` of a problem is its id */
        traceparent?: components['parameters']['traceparent'];
        /** @description Any name for the request, which its answer repeats; one with other characters is left out */
        'X-Request-Id'?: components['parameters']['X-Request-Id'];
      };
      path?: never;
      cookie?: never;
    };
    requestBody: {
      content: {
        'application/json': components['schemas']['CreateApiToken'];
      };
    };
    responses: {
      /** @description Made */
      201: {
        headers: {
          /** @description The revision of the thing, for `If-Match` */
          ETag?: string;
          'X-Request-Id': components['headers']['X-Request-Id'];
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Policy': components['headers']['RateLimit-Policy'];
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['CreatedApiToken'];
        };
      };
      400: components['responses']['BAD_REQUEST'];
      401: components['responses']['UNAUTHENTICATED'];
      403: components['responses']['FORBIDDEN'];
      409: components['responses']['CONFLICT-IDEMPOTENCY_MISMATCH-SECRET_SHOWN_ONCE'];
      413: components['responses']['TOO_LARGE'];
      415: components['responses']['UNSUPPORTED_MEDIA_TYPE'];
      429: components['responses']['RATE_LIMITED'];
      500: components['responses']['INTERNAL'];
      503: components['responses']['UNAVAILABLE'];
    };
  };
  getApiToken: {
    parameters: {
      query?: never;
      header?: {
        /** @description W3C trace context: the trace goes on in all that the request causes, and `traceId` of a problem is its id */
        traceparent?: components['parameters']['traceparent'];
        /** @description Any name for the request, which its answer repeats; one with other characters is left out */
        'X-Request-Id'?: components['parameters']['X-Request-Id'];
      };
      path: {
        id: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description As asked for */
      200: {
        headers: {
          /** @description The revision of the thing, for `If-Match` */
          ETag?: string;
          'X-Request-Id': components['headers']['X-Request-Id'];
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Policy': components['headers']['RateLimit-Policy'];
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ApiToken'];
        };
      };
      400: components['responses']['BAD_REQUEST'];
      401: components['responses']['UNAUTHENTICATED'];
      403: components['responses']['FORBIDDEN'];
      404: components['responses']['NOT_FOUND'];
      429: components['responses']['RATE_LIMITED'];
      500: components['responses']['INTERNAL'];
      503: components['responses']['UNAVAILABLE'];
    };
  };
  revokeApiToken: {
    parameters: {
      query?: never;
      header?: {
        /** @description W3C trace context: the trace goes on in all that the request causes, and `traceId` of a problem is its id */
        traceparent?: components['parameters']['traceparent'];
        /** @description Any name for the request, which its answer repeats; one with other characters is left out */
        'X-Request-Id'?: components['parameters']['X-Request-Id'];
      };
      path: {
        id: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Done; there is nothing to tell */
      204: {
        headers: {
          'X-Request-Id': components['headers']['X-Request-Id'];
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Policy': components['headers']['RateLimit-Policy'];
          [name: string]: unknown;
        };
        content?: never;
      };
      400: components['responses']['BAD_REQUEST'];
      401: components['responses']['UNAUTHENTICATED'];
      403: components['responses']['FORBIDDEN'];
      404: components['responses']['NOT_FOUND'];
      413: components['responses']['TOO_LARGE'];
      415: components['responses']['UNSUPPORTED_MEDIA_TYPE'];
      429: components['responses']['RATE_LIMITED'];
      500: components['responses']['INTERNAL'];
      503: components['responses']['UNAVAILABLE'];
    };
  };
  updateApiToken: {
    parameters: {
      query?: never;
      header?: {
        /** @description The ETag of the thing as it was read; where it has changed since, nothing is done and the answer is 412 */
        'If-Match'?: string;
        /** @description W3C trace context: the trace goes on in all that the request causes, and `traceId` of a problem is its id */
        traceparent?: components['parameters']['traceparent'];
        /** @description Any name for the request, which its answer repeats; one with other characters is left out */
        'X-Request-Id'?: components['parameters']['X-Request-Id'];
      };
      path: {
        id: string;
      };
      cookie?: never;
    };
    requestBody: {
      content: {
        'application/json': components['schemas']['UpdateApiToken'];
      };
    };
    responses: {
      /** @description Done */
      200: {
        headers: {
          /** @description The revision of the thing, for `If-Match` */
          ETag?: string;
          'X-Request-Id': components['headers']['X-Request-Id'];
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Policy': components['headers']['RateLimit-Policy'];
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ApiToken'];
        };
      };
      400: components['responses']['BAD_REQUEST'];
      401: components['responses']['UNAUTHENTICATED'];
      403: components['responses']['FORBIDDEN'];
      404: components['responses']['NOT_FOUND'];
      412: components['responses']['PRECONDITION_FAILED'];
      413: components['responses']['TOO_LARGE'];
      415: components['responses']['UNSUPPORTED_MEDIA_TYPE'];
      429: components['responses']['RATE_LIMITED'];
      500: components['responses']['INTERNAL'];
      503: components['responses']['UNAVAILABLE'];
    };
  };
  offerOidc: {
    parameters: {
      query?: never;
      header?: {
        /** @description W3C trace context: the trace goes on in all that the request causes, and `traceId` of a problem is its id */
        traceparent?: components['parameters']['traceparent'];
        /** @description Any name for the request, which its answer repeats; one with other characters is left out */
        'X-Request-Id'?: components['parameters']['X-Request-Id'];
      };
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description As asked for */
      200: {
        headers: {
          'X-Request-Id': components['headers']['X-Request-Id'];
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Policy': components['headers']['RateLimit-Policy'];
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['OidcOffer'];
        };
      };
      400: components['responses']['BAD_REQUEST'];
      429: components['responses']['RATE_LIMITED'];
      500: components['responses']['INTERNAL'];
      503: components['responses']['UNAVAILABLE'];
    };
  };
  startOidc: {
    parameters: {
      query?: never;
      header?: {
        /** @description W3C trace context: the trace goes on in all that the request causes, and `traceId` of a problem is its id */
        traceparent?: components['parameters']['traceparent'];
        /** @description Any name for the request, which its answer repeats; one with other characters is left out */
        'X-Request-Id'?: components['parameters']['X-Request-Id'];
      };
      path?: never;
      cookie?: never;
    };
    requestBody: {
      content: {
        'application/json': components['schemas']['StartOidc'];
      };
    };
    responses: {
      /** @description Made */
      201: {
        headers: {
          'X-Request-Id': components['headers']['X-Request-Id'];
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Policy': components['headers']['RateLimit-Policy'];
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['StartedOidc'];
        };
      };
      400: components['responses']['BAD_REQUEST'];
      404: components['responses']['NOT_FOUND'];
      413: components['responses']['TOO_LARGE'];
      415: components['responses']['UNSUPPORTED_MEDIA_TYPE'];
      429: components['responses']['RATE_LIMITED'];
      500: components['responses']['INTERNAL'];
      503: components['responses']['UNAVAILABLE'];
    };
  };
  finishOidc: {
    parameters: {
      query?: never;
      header?: {
        /** @description W3C trace context: the trace goes on in all that the request causes, and `traceId` of a problem is its id */
        traceparent?: components['parameters']['traceparent'];
        /** @description Any name for the request, which its answer repeats; one with other characters is left out */
        'X-Request-Id'?: components['parameters']['X-Request-Id'];
      };
      path?: never;
      cookie?: never;
    };
    requestBody: {
      content: {
        'application/json': components['schemas']['FinishOidc'];
      };
    };
    responses: {
      /** @description Made */
      201: {
        headers: {
          'X-Request-Id': components['headers']['X-Request-Id'];
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Policy': components['headers']['RateLimit-Policy'];
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['CreatedSession'];
        };
      };
      400: components['responses']['BAD_REQUEST'];
      401: components['responses']['SIGN_IN_REFUSED'];
      403: components['responses']['FORBIDDEN'];
      404: components['responses']['NOT_FOUND'];
      409: components['responses']['CONFLICT-WRONG_STATE'];
      413: components['responses']['TOO_LARGE'];
      415: components['responses']['UNSUPPORTED_MEDIA_TYPE'];
      429: components['responses']['RATE_LIMITED'];
      500: components['responses']['INTERNAL'];
      503: components['responses']['UNAVAILABLE'];
    };
  };
  listIdentities: {
    parameters: {
      query?: never;
      header?: {
        /** @description W3C trace context: the trace goes on in all that the request causes, and `traceId` of a problem is its id */
        traceparent?: components['parameters']['traceparent'];
        /** @description Any name for the request, which its answer repeats; one with other characters is left out */
        'X-Request-Id'?: components['parameters']['X-Request-Id'];
      };
      path: {
        id: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description As asked for */
      200: {
        headers: {
          'X-Request-Id': components['headers']['X-Request-Id'];
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Policy': components['headers']['RateLimit-Policy'];
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['IdentityList'];
        };
      };
      400: components['responses']['BAD_REQUEST'];
      401: components['responses']['UNAUTHENTICATED'];
      403: components['responses']['FORBIDDEN'];
      404: components['responses']['NOT_FOUND'];
      429: components['responses']['RATE_LIMITED'];
      500: components['responses']['INTERNAL'];
      503: components['responses']['UNAVAILABLE'];
    };
  };
  linkIdentity: {
    parameters: {
      query?: never;
      header?: {
        /** @description W3C trace context: the trace goes on in all that the request causes, and `traceId` of a problem is its id */
        traceparent?: components['parameters']['traceparent'];
        /** @description Any name for the request, which its answer repeats; one with other characters is left out */
        'X-Request-Id'?: components['parameters']['X-Request-Id'];
      };
      path: {
        id: string;
      };
      cookie?: never;
    };
    requestBody: {
      content: {
        'application/json': components['schemas']['LinkIdentity'];
      };
    };
    responses: {
      /** @description Done */
      200: {
        headers: {
          'X-Request-Id': components['headers']['X-Request-Id'];
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Policy': components['headers']['RateLimit-Policy'];
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['IdentityList'];
        };
      };
      400: components['responses']['BAD_REQUEST'];
      401: components['responses']['UNAUTHENTICATED'];
      403: components['responses']['FORBIDDEN'];
      404: components['responses']['NOT_FOUND'];
      409: components['responses']['CONFLICT'];
      413: components['responses']['TOO_LARGE'];
      415: components['responses']['UNSUPPORTED_MEDIA_TYPE'];
      429: components['responses']['RATE_LIMITED'];
      500: components['responses']['INTERNAL'];
      503: components['responses']['UNAVAILABLE'];
    };
  };
  unlinkIdentity: {
    parameters: {
      query: {
        /** @description the `sub` of the person at the provider */
        subject: string;
        /** @description unless given, the configured one */
        issuer?: string;
      };
      header?: {
        /** @description W3C trace context: the trace goes on in all that the request causes, and `traceId` of a problem is its id */
        traceparent?: components['parameters']['traceparent'];
        /** @description Any name for the request, which its answer repeats; one with other characters is left out */
        'X-Request-Id'?: components['parameters']['X-Request-Id'];
      };
      path: {
        id: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Done; there is nothing to tell */
      204: {
        headers: {
          'X-Request-Id': components['headers']['X-Request-Id'];
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Policy': components['headers']['RateLimit-Policy'];
          [name: string]: unknown;
        };
        content?: never;
      };
      400: components['responses']['BAD_REQUEST'];
      401: components['responses']['UNAUTHENTICATED'];
      403: components['responses']['FORBIDDEN'];
      404: components['responses']['NOT_FOUND'];
      409: components['responses']['WRONG_STATE'];
      413: components['responses']['TOO_LARGE'];
      415: components['responses']['UNSUPPORTED_MEDIA_TYPE'];
      429: components['responses']['RATE_LIMITED'];
      500: components['responses']['INTERNAL'];
      503: components['responses']['UNAVAILABLE'];
    };
  };
  listAudit: {
    parameters: {
      query?: {
        /** @description items a page */
        limit?: number;
        /** @description `nextCursor` of the page before; the order stays, whatever is made or removed meanwhile */
        cursor?: string;
        /** @description not before this time */
        from?: string;
        /** @description before this time */
        to?: string;
        /** @description id or name of a user */
        user?: string;
        /** @description how the action begins, such as `DELETE` or `POST /api/v1/zones` */
        action?: string;
        /** @description id or name of a zone */
        zone?: string;
        /** @description id (or, where it has none, name) of the thing */
        target?: string;
        outcome?: 'granted' | 'refused' | 'failed';
      };
      header?: {
        /** @description W3C trace context: the trace goes on in all that the request causes, and `traceId` of a problem is its id */
        traceparent?: components['parameters']['traceparent'];
        /** @description Any name for the request, which its answer repeats; one with other characters is left out */
        'X-Request-Id'?: components['parameters']['X-Request-Id'];
      };
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description As asked for */
      200: {
        headers: {
          'X-Request-Id': components['headers']['X-Request-Id'];
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Policy': components['headers']['RateLimit-Policy'];
          [name: string]: unknown;
        };
        content: {
          'application/json': {
            items: components['schemas']['AuditRecord'][];
            /** @description `cursor` of the next page; null where this is the last one */
            nextCursor: string | null;
          };
        };
      };
      400: components['responses']['BAD_REQUEST'];
      401: components['responses']['UNAUTHENTICATED'];
      403: components['responses']['FORBIDDEN'];
      404: components['responses']['NOT_FOUND'];
      429: components['responses']['RATE_LIMITED'];
      500: components['responses']['INTERNAL'];
      503: components['responses']['UNAVAILABLE'];
    };
  };
  exportAudit: {
    parameters: {
      query?: {
        /** @description not before this time */
        from?: string;
        /** @description before this time */
        to?: string;
        /** @description id or name of a user */
        user?: string;
        /** @description how the action begins, such as `DELETE` or `POST /api/v1/zones` */
        action?: string;
        /** @description id or name of a zone */
        zone?: string;
        /** @description id (or, where it has none, name) of the thing */
        target?: string;
        outcome?: 'granted' | 'refused' | 'failed';
      };
      header?: {
        /** @description W3C trace context: the trace goes on in all that the request causes, and `traceId` of a problem is its id */
        traceparent?: components['parameters']['traceparent'];
        /** @description Any name for the request, which its answer repeats; one with other characters is left out */
        'X-Request-Id'?: components['parameters']['X-Request-Id'];
      };
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description As asked for */
      200: {
        headers: {
          'X-Request-Id': components['headers']['X-Request-Id'];
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Policy': components['headers']['RateLimit-Policy'];
          [name: string]: unknown;
        };
        content: {
          'application/x-ndjson': string;
        };
      };
      400: components['responses']['BAD_REQUEST'];
      401: components['responses']['UNAUTHENTICATED'];
      403: components['responses']['FORBIDDEN'];
      404: components['responses']['NOT_FOUND'];
      429: components['responses']['RATE_LIMITED'];
      500: components['responses']['INTERNAL'];
      503: components['responses']['UNAVAILABLE'];
    };
  };
  getAuditHead: {
    parameters: {
      query?: never;
      header?: {
        /** @description W3C trace context: the trace goes on in all that the request causes, and `traceId` of a problem is its id */
        traceparent?: components['parameters']['traceparent'];
        /** @description Any name for the request, which its answer repeats; one with other characters is left out */
        'X-Request-Id'?: components['parameters']['X-Request-Id'];
      };
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description As asked for */
      200: {
        headers: {
          'X-Request-Id': components['headers']['X-Request-Id'];
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Policy': components['headers']['RateLimit-Policy'];
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['SignedPlace'];
        };
      };
      400: components['responses']['BAD_REQUEST'];
      401: components['responses']['UNAUTHENTICATED'];
      403: components['responses']['FORBIDDEN'];
      429: components['responses']['RATE_LIMITED'];
      500: components['responses']['INTERNAL'];
      503: components['responses']['UNAVAILABLE'];
    };
  };
  getAuditKeys: {
    parameters: {
      query?: never;
      header?: {
        /** @description W3C trace context: the trace goes on in all that the request causes, and `traceId` of a problem is its id */
        traceparent?: components['parameters']['traceparent'];
        /** @description Any name for the request, which its answer repeats; one with other characters is left out */
        'X-Request-Id'?: components['parameters']['X-Request-Id'];
      };
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description As asked for */
      200: {
        headers: {
          'X-Request-Id': components['headers']['X-Request-Id'];
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Policy': components['headers']['RateLimit-Policy'];
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['AuditPublicKeys'];
        };
      };
      400: components['responses']['BAD_REQUEST'];
      401: components['responses']['UNAUTHENTICATED'];
      403: components['responses']['FORBIDDEN'];
      429: components['responses']['RATE_LIMITED'];
      500: components['responses']['INTERNAL'];
      503: components['responses']['UNAVAILABLE'];
    };
  };
}
