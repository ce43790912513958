/**
 * `oncilla virt event`: events as they come, over a daemon's restarts. After one it says from when to when events
 * may have been missed, and what is different from before.
 */
import { connectVirt, type VirtOptions } from '../../client/virt.ts';
import { type VirtNotice, watchVirt } from '../../client/virt-watch.ts';
import { escapeTerminal } from '../../codec/escape/index.ts';
import type { Io } from '../command.ts';
import { EXIT_INTERRUPTED, EXIT_OK } from '../errors.ts';

export interface EventSettings {
  readonly uri: string;
  readonly options: VirtOptions;
  readonly loop: boolean;
  readonly json: boolean;
  /** null: for ever */
  readonly timeoutMs: number | null;
  readonly now?: () => number;
}

/** Prints events until there was one (or with `loop` until SIGINT or the time-out). */
export async function printEvents(settings: EventSettings, io: Io): Promise<number> {
  const printer = new EventPrinter(settings, io);
  const { promise, resolve } = newPromise<'enough' | 'timeout' | 'interrupt'>();
  const watch = await watchVirt(
    settings.uri,
    (notice) => {
      printer.tell(notice);
      if (!settings.loop && printer.received > 0) resolve('enough');
    },
    settings.options,
  );
  await printer.remember();
  const timer =
    settings.timeoutMs === null ? undefined : setTimeout(() => resolve('timeout'), settings.timeoutMs);
  const interrupted = () => resolve('interrupt');
  io.interrupt.addEventListener('abort', interrupted);
  if (io.interrupt.aborted) interrupted();
  const why = await promise;
  clearTimeout(timer);
  io.interrupt.removeEventListener('abort', interrupted);
  await watch.stop();
  await printer.settled();
  printer.end(why);
  return why === 'interrupt' ? EXIT_INTERRUPTED : EXIT_OK;
}

function newPromise<T>(): { promise: Promise<T>; resolve: (value: T) => void } {
  let resolve: (value: T) => void = () => undefined;
  const promise = new Promise<T>((f) => {
    resolve = f;
  });
  return { promise, resolve };
}

type Known = Map<string, string>;

/** What an event says of the state of its object; the others leave it as it is. */
const STATE_AFTER: Readonly<Record<'domain' | 'network', Readonly<Record<string, string>>>> = {
  domain: {
    started: 'running',
    suspended: 'paused',
    resumed: 'running',
    stopped: 'shut off',
  },
  network: { started: 'active', stopped: 'inactive' },
};

class EventPrinter {
  received = 0;
  readonly #settings: EventSettings;
  readonly #io: Io;
  readonly #now: () => number;
  /** every domain and network in words, as of the last look */
  #known: Known = new Map();
  #lostAt = 0;
  #looking: Promise<void> = Promise.resolve();

  constructor(settings: EventSettings, io: Io) {
    this.#settings = settings;
    this.#io = io;
    this.#now = settings.now ?? Date.now;
  }

  tell(notice: VirtNotice): void {
    switch (notice.source) {
      case 'domain':
        this.#event('domain', notice.domain.name, notice);
        break;
      case 'network':
        this.#event('network', notice.network.name, notice);
        break;
      case 'overflow':
        this.#say(`${notice.lost} events were left out: this client was too slow`, {
          event: 'overflow',
          lost: notice.lost,
        });
        break;
      case 'disconnected':
        this.#lostAt = this.#now();
        this.#say(`connection lost: ${notice.reason}`, { event: 'disconnected', reason: notice.reason });
        break;
      case 'reconnected':
        this.#again();
        break;
    }
  }

  /** Looks at everything there is, to know later what changed. */
  async remember(): Promise<void> {
    this.#known = await this.#look();
  }

  settled(): Promise<void> {
    return this.#looking;
  }

  end(why: string): void {
    if (this.#settings.json) return;
    if (why === 'timeout') this.#line('event loop timed out');
    if (why === 'interrupt') this.#line('event loop interrupted');
    this.#line(`events received: ${this.received}\n`);
  }

  #event(what: 'domain' | 'network', name: string, { kind, detail }: { kind: string; detail: string }): void {
    this.received++;
    this.#follow(what, `${what} '${name}'`, kind);
    if (this.#settings.json) {
      this.#line(JSON.stringify({ event: 'lifecycle', source: what, name, kind, detail }));
    } else {
      const why = detail === 'none' ? '' : ` ${capital(detail)}`;
      this.#line(`event 'lifecycle' for ${what} '${escapeTerminal(name)}': ${capital(kind)}${why}`);
    }
  }

  /** Keeps what is known up to date, so that a comparison after a restart is with the latest. */
  #follow(what: 'domain' | 'network', object: string, kind: string): void {
    const state = STATE_AFTER[what][kind];
    if (kind === 'undefined') this.#known.delete(object);
    else if (state !== undefined) this.#known.set(object, state);
    else if (kind === 'defined' && !this.#known.has(object)) {
      this.#known.set(object, what === 'domain' ? 'shut off' : 'inactive');
    }
  }

  #again(): void {
    const [from, to] = [this.#lostAt, this.#now()].map((ms) => new Date(ms).toISOString());
    this.#say(`connected again: events between ${from} and ${to} may have been missed`, {
      event: 'reconnected',
      from,
      to,
    });
    this.#looking = this.#compare();
  }

  async #compare(): Promise<void> {
    let now: Known;
    try {
      now = await this.#look();
    } catch {
      return; // away again: the next connection compares
    }
    for (const [name, before] of this.#known) {
      const after = now.get(name) ?? 'gone';
      if (after !== before) this.#missed(name, before, after);
    }
    for (const [name, after] of now) if (!this.#known.has(name)) this.#missed(name, 'not there', after);
    this.#known = now;
  }

  #missed(name: string, before: string, after: string): void {
    this.#say(`missed: ${name} was ${before}, is ${after}`, { event: 'missed', object: name, before, after });
  }

  async #look(): Promise<Known> {
    const client = await connectVirt(this.#settings.uri, this.#settings.options);
    try {
      const [domains, networks] = [await client.domains(), await client.networks()];
      return new Map([
        ...domains.map(({ name, state }) => [`domain '${name}'`, state] as const),
        ...networks.map(({ name, active }) => [`network '${name}'`, active ? 'active' : 'inactive'] as const),
      ]);
    } finally {
      await client.close();
    }
  }

  /** About the connection, not an event: for people on standard error. */
  #say(text: string, json: object): void {
    if (this.#settings.json) this.#line(JSON.stringify(json));
    else {
      this.#io.stderr.write(`oncilla: ${escapeTerminal(text)}\n`);
      this.#io.stderr.flush();
    }
  }

  #line(text: string): void {
    this.#io.stdout.write(`${text}\n`);
    this.#io.stdout.flush();
  }
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
