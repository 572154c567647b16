/** What of a request says which thing it concerns; nothing of it has been checked yet. */
export interface Asked {
  readonly method: string;
  /** Of the route's path, as the server knows it. */
  readonly pattern: string;
  readonly params: unknown;
  readonly query: unknown;
  readonly body: unknown;
}
