/** What of a request says which thing it concerns; nothing of it has been checked yet. References in it may be replaced: see `referencesIn`. */
export interface Asked {
  readonly params: unknown;
  readonly query: unknown;
  readonly body: unknown;
}
