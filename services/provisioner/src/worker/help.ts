/** What `klevr-worker --help` answers. */
export const helpText = `Usage: klevr-worker [--check | --version | --help]

Runs a worker of Klevr's provisioner: it joins a zone as an agent does, with a join token for workers, and carries out operations on the resources of that zone. Its settings
come from the environment. Each can be given as <NAME>_FILE as well, the path of a file that holds the value.

  KLEVR_AGENT_DIR       state folder: identity, journal, recipes, what it has brought about (required)
  KLEVR_SERVER_URL      http or https address of the gateway, for the first start
  KLEVR_CA_FILE         certificate of the gateway's authority, where it is one of your own; of NATS too
  KLEVR_NATS_CA_FILE    certificate of the authority of NATS, where it is another one
  KLEVR_NATS_CERT_FILE  the worker's own certificate, where NATS asks for one
  KLEVR_NATS_KEY_FILE   its key
  KLEVR_JOIN_TOKEN      join token for workers, for the first start
  KLEVR_BEACON_HOST     where the local status page listens (127.0.0.1)
  KLEVR_BEACON_PORT     its port (18800); the next free one is taken where it is in use
  KLEVR_LOG_LEVEL       trace, debug, info, warn, error or fatal (info)
  KLEVR_WORKER_DRIVERS  drivers that it offers, with commas between (all that find an engine)
  KLEVR_WORKER_RECIPE_MEGABYTES  room for recipes on disk (256)

Drivers have settings of their own; --check names all of them, and docs/workers.md explains them.

  --check    print the effective settings, secrets masked
  --version  print the version
`;
