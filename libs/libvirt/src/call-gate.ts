/**
 * Lets so many through at once; the others wait in the order in which they came. libvirtd stops reading a client's socket while that many of its calls run
 * (max_client_requests, 5 as it comes), and would then not hear its keepalive either.
 */
export class CallGate {
  private free: number;
  private readonly queue: (() => void)[] = [];

  constructor(
    atOnce: number,
    private readonly longestQueue: number,
  ) {
    this.free = atOnce;
  }

  async pass<T>(work: () => Promise<T>): Promise<T> {
    if (this.free > 0) this.free -= 1;
    else {
      if (this.queue.length >= this.longestQueue) throw new Error(`more than ${this.longestQueue} calls wait for libvirt`);
      await new Promise<void>((resolve) => this.queue.push(resolve));
    }
    try {
      return await work();
    } finally {
      const next = this.queue.shift();
      if (next === undefined) this.free += 1;
      else next();
    }
  }
}
