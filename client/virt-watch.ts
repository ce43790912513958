/**
 * Events for as long as they are wanted: connects again when the daemon goes away, registers again, and says that
 * some may have been missed. Times are the clock's. The first connection's failure rejects; later ones are retried.
 */

import { isRpcError, RpcError } from '../codec/rpc/index.ts';
import { isTransportError } from '../transport/errors.ts';
import { connectVirt, type VirtClient, type VirtEvent, type VirtOptions } from './virt.ts';
import { isVirtError } from './virt-error.ts';

export type VirtNotice =
  | VirtEvent
  /** the connection ended; `reason` in words */
  | { readonly source: 'disconnected'; readonly reason: string }
  /** there is a connection again; what happened in between is not known */
  | { readonly source: 'reconnected' };

export interface VirtWatchOptions extends Omit<VirtOptions, 'onEvent' | 'onClose'> {
  /** default: both */
  readonly sources?: readonly ('domain' | 'network')[];
  /** milliseconds before the first attempt to connect again, doubled up to `maxDelayMs` */
  readonly delayMs?: number;
  readonly maxDelayMs?: number;
}

export interface VirtWatch {
  stop(): Promise<void>;
}

/** Resolves once everything is registered. */
export async function watchVirt(
  uri: string,
  tell: (notice: VirtNotice) => void,
  options: VirtWatchOptions = {},
): Promise<VirtWatch> {
  const watcher = new Watcher(uri, tell, options);
  await watcher.begin();
  return watcher;
}

class Watcher implements VirtWatch {
  readonly #uri: string;
  readonly #tell: (notice: VirtNotice) => void;
  readonly #options: VirtWatchOptions;
  #client: VirtClient | null = null;
  #stopped = false;
  #wake: (() => void) | null = null;

  constructor(uri: string, tell: (notice: VirtNotice) => void, options: VirtWatchOptions) {
    this.#uri = uri;
    this.#tell = tell;
    this.#options = options;
  }

  async begin(): Promise<void> {
    const { sources = ['domain', 'network'], ...rest } = this.#options;
    let ready = false;
    const client = await connectVirt(this.#uri, {
      ...rest,
      onEvent: (event) => this.#notice(event),
      onClose: (reason) => {
        if (ready) void this.#lost(reason.error?.message ?? 'the daemon closed the connection');
      },
    });
    try {
      for (const source of sources) await client.registerEvents(source);
    } catch (e) {
      client.peer.close(0);
      throw e;
    }
    this.#client = client;
    ready = client.peer.closed === null;
    if (this.#stopped) await client.close();
    else if (client.peer.closed !== null) throw new RpcError('CLOSED', 'the daemon closed the connection');
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    this.#wake?.();
    await this.#client?.close();
  }

  #notice(notice: VirtNotice): void {
    if (!this.#stopped) this.#tell(notice);
  }

  async #lost(reason: string): Promise<void> {
    this.#client = null;
    this.#notice({ source: 'disconnected', reason });
    const { delayMs = 200, maxDelayMs = 5000 } = this.#options;
    for (let delay = delayMs; !this.#stopped; delay = Math.min(delay * 2, maxDelayMs)) {
      await this.#sleep(delay);
      if (this.#stopped) return;
      try {
        await this.begin();
        this.#notice({ source: 'reconnected' });
        return;
      } catch (e) {
        // The daemon is still away, or not ready: that is what the loop is for.
        if (!isTransportError(e) && !isRpcError(e) && !isVirtError(e)) throw e;
      }
    }
  }

  #sleep(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, ms);
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}
