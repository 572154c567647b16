/** What the groups of operations are about; a tag that does not stand here keeps the document from being made. */
export const tags: Readonly<Record<string, string>> = {
  sessions: 'Signing in and out. A session is a bearer token that ends by itself and can be renewed before.',
  users: 'People, what they may do in which zones, and invitations.',
  tokens: 'API tokens for programs: a role, zones and an end; shown once.',
  oidc: 'Signing in by an OpenID Connect provider (authorization code with PKCE).',
  zones: 'Host pools, their settings, join tokens, concurrency keys and incidents.',
  primaries: 'The agent of a zone that delivers its tasks, its history, and the planned hand-over.',
  agents: 'The daemons on hosts: what they tell, what operators say about them, how they join.',
  credentials: 'Secrets of a zone, usable by name in tasks. Values go in and never out.',
  tasks: 'Work on hosts: tasks, their runs, logs and callbacks, and the commands that steps can use.',
  schedules: 'Cron or one-shot times at which tasks are made, and the ledger of due times.',
  webhooks: 'Subscriptions to events, signed by Standard Webhooks, and what was delivered.',
  catalogue: 'Where recipes come from, and the recipes that resources are made of.',
  resources: 'What recipes make in zones: desired and observed state, plan, apply, drift, destroy.',
  events: 'What happens, as server-sent events.',
  monitoring: 'What monitoring systems read.',
  audit: 'Who did what, when, from where, with what outcome.',
};
