/**
 * Traffic as it happens: what `capture` writes to a file and `watch` shows. A source gives a capture's bytes in order,
 * pcap or pcapng, until it is stopped or ends.
 */

export interface LiveSource {
  /** as a title shows it */
  readonly name: string;
  /** packets that came to the system, and those lost before they came here; null where that is not known (yet) */
  readonly received: number | null;
  readonly dropped: number | null;
  /** resolves when no more bytes will come: with null when it was stopped, else with the reason */
  readonly ended: Promise<string | null>;
  /** Ends it; resolves when the last bytes were given. `now`: without waiting for what came just before. */
  stop(now?: boolean): Promise<void>;
}

export interface LiveHooks {
  /**
   * Takes the next bytes, which are the taker's; must not throw. A promise: nothing more should be given before it
   * settles, by a source that can wait.
   */
  bytes(chunk: Uint8Array): Promise<void> | void;
  /** told of what is worth knowing though it goes on */
  note(text: string): void;
}
