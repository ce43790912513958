/** Helpers for tests over real sockets: what a side of a channel or duplex has seen, and waiting for it. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Channel, CloseReason, Listener } from '../../transport/channel.ts';
import { type ConnectOptions, connect } from '../../transport/connect.ts';
import { type ListenOptions, listen } from '../../transport/listen.ts';
import type { MessageDuplex } from '../../transport/message-duplex.ts';
import type { Target } from '../../transport/target.ts';

/** Everything one side was told, in order; `until` waits for it to hold. */
export class Seen {
  readonly messages: Buffer[] = [];
  ended = 0;
  drained = 0;
  reason: CloseReason | null = null;
  #wake: (() => void)[] = [];

  get bytes(): Buffer {
    return Buffer.concat(this.messages);
  }

  changed(): void {
    const wake = this.#wake;
    this.#wake = [];
    for (const f of wake) f();
  }

  async until(holds: (seen: Seen) => boolean): Promise<this> {
    while (!holds(this)) await new Promise<void>((resolve) => this.#wake.push(resolve));
    return this;
  }

  closed(): Promise<this> {
    return this.until((seen) => seen.reason !== null);
  }

  private take(bytes: Uint8Array): void {
    this.messages.push(Buffer.from(bytes));
    this.changed();
  }

  readonly handlers = {
    data: (bytes: Uint8Array) => this.take(bytes),
    message: (bytes: Uint8Array) => this.take(bytes),
    end: () => {
      this.ended++;
      this.changed();
    },
    drain: () => {
      this.drained++;
      this.changed();
    },
    closed: (reason: CloseReason) => {
      if (this.reason !== null) throw new Error('closed twice');
      this.reason = reason;
      this.changed();
    },
  };
}

export function watch(side: Pick<Channel, 'start'> | Pick<MessageDuplex, 'start'>): Seen {
  const seen = new Seen();
  side.start(seen.handlers);
  return seen;
}

/** As `watch`, for a server's side that nobody closes: it closes when the other side ends. */
export function attend(side: Pick<MessageDuplex, 'start' | 'close'>): Seen {
  const seen = new Seen();
  const end = (): void => {
    seen.handlers.end();
    side.close();
  };
  side.start({ ...seen.handlers, end });
  return seen;
}

export interface Pair {
  readonly client: MessageDuplex;
  readonly server: MessageDuplex;
  readonly atClient: Seen;
  readonly atServer: Seen;
  readonly listener: Listener;
}

/** A listener and one connection to it, both ends started. */
export async function duplexPair(
  target: Target | string,
  options: { listen?: ListenOptions; connect?: ConnectOptions; query?: string } = {},
): Promise<Pair> {
  let accept: (duplex: MessageDuplex) => void = () => {};
  const accepted = new Promise<MessageDuplex>((resolve) => {
    accept = resolve;
  });
  const atServer = new Seen();
  const listener = await listen(target, options.listen ?? {}, (duplex) => {
    duplex.start(atServer.handlers);
    accept(duplex);
  });
  try {
    const client = await connect(listener.url + (options.query ?? ''), options.connect ?? {});
    const atClient = watch(client);
    return { client, server: await accepted, atClient, atServer, listener };
  } catch (error) {
    await listener.close();
    throw error;
  }
}

/** Resets both ends and stops listening. */
export async function dispose({ client, server, listener }: Pair): Promise<void> {
  client.reset();
  server.reset();
  await listener.close();
}

/** A directory of this test's own, removed by the returned function. */
export function scratch(): { path: (name: string) => string; remove: () => void } {
  const directory = mkdtempSync(join(tmpdir(), 'oncilla-'));
  return {
    path: (name) => join(directory, name),
    remove: () => rmSync(directory, { recursive: true, force: true }),
  };
}

/** So many turns of the event loop: in each, sockets read and write whatever the kernel lets them. */
export async function turns(count: number): Promise<void> {
  for (let i = 0; i < count; i++) await new Promise((resolve) => setImmediate(resolve));
}
