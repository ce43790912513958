/**
 * What each address may draw in replies. Anybody can write another's address on a datagram, so an address off this
 * machine gets a budget in bytes that refills with time; one that has overdrawn it is not answered. No clock.
 */

export interface BudgetLimits {
  /** bytes of replies a second that an address may draw for long */
  readonly bytesPerSecond: number;
  /** and at once */
  readonly burstBytes: number;
  /** addresses remembered; the one longest unheard of is forgotten */
  readonly sources: number;
}

export const BUDGET_LIMITS: BudgetLimits = {
  bytesPerSecond: 64 * 1024,
  burstBytes: 256 * 1024,
  sources: 4096,
};

interface Account {
  left: number;
  at: number;
}

export class SourceBudget {
  readonly #limits: BudgetLimits;
  readonly #accounts = new Map<string, Account>();

  constructor(limits: Partial<BudgetLimits> = {}) {
    this.#limits = { ...BUDGET_LIMITS, ...limits };
  }

  get size(): number {
    return this.#accounts.size;
  }

  /** Whether the address may be answered now; `now` in milliseconds, never going back. */
  allows(address: string, now: number): boolean {
    return this.#refill(address, now).left > 0;
  }

  /** A reply went out: the last one may overdraw, and is paid for by silence. */
  spend(address: string, bytes: number, now: number): void {
    this.#refill(address, now).left -= bytes;
  }

  #refill(address: string, now: number): Account {
    const { bytesPerSecond, burstBytes, sources } = this.#limits;
    const account = this.#accounts.get(address) ?? { left: burstBytes, at: now };
    account.left = Math.min(burstBytes, account.left + ((now - account.at) / 1000) * bytesPerSecond);
    account.at = now;
    // Entered anew, so that the first one in the map is the one longest unheard of.
    this.#accounts.delete(address);
    this.#accounts.set(address, account);
    if (this.#accounts.size > sources) {
      const oldest = this.#accounts.keys().next();
      if (!oldest.done) this.#accounts.delete(oldest.value);
    }
    return account;
  }
}
