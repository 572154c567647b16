/** Who leads a zone, as far as dispatching is concerned. */
export type Primary =
  | { readonly kind: 'ready'; readonly agentId: string; readonly epoch: number }
  /** Appointed, and not yet listening. */
  | { readonly kind: 'appointed'; readonly agentId: string; readonly epoch: number; readonly sinceMs: number }
  /** Nobody; `epoch` is the last one that was given. */
  | { readonly kind: 'none'; readonly epoch: number };
