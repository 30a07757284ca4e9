/** Whether the server still answers; the view works without it. */

const EVERY = 15_000;
const PATIENCE = 4000;

export const LOST =
  "The server does not answer. This view still works; a new text, or a link to this τ, needs the " +
  "server again.";

export class Connection {
  private timer = 0;
  private lost = false;

  /** @param tell is told when the server stops answering, and when it answers again. */
  constructor(private readonly tell: (lost: boolean) => void) {
    this.timer = window.setInterval(() => {
      if (!document.hidden) void this.check();
    }, EVERY);
  }

  async check(): Promise<void> {
    const lost = !(await this.answers());
    if (lost === this.lost) return;
    this.lost = lost;
    this.tell(lost);
  }

  dispose(): void {
    clearInterval(this.timer);
  }

  private async answers(): Promise<boolean> {
    try {
      const address = new URL("_stcore/health", document.baseURI);
      const signal = AbortSignal.timeout(PATIENCE);
      return (await fetch(address, { signal, cache: "no-store" })).ok;
    } catch {
      return false;
    }
  }
}
