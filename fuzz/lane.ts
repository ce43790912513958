/**
 * One connection, or one datagram socket, that sends any bytes and keeps the replies by their xids. Thin: the only
 * file here that knows a transport. `open` rejects with TransportError; nothing throws after that.
 */
import { isRpcError, RecordReader } from '../codec/rpc/index.ts';
import { type ConnectOptions, openChannel } from '../transport/connect.ts';
import type { Target } from '../transport/target.ts';
import { openUdp } from '../transport/udp.ts';

export interface Lane {
  readonly stream: boolean;
  /** the other side ended it, or what it sends cannot be read */
  readonly ended: boolean;
  /** where it goes from and to */
  readonly ends: { readonly local: LaneEnd; readonly remote: LaneEnd };
  /** bytes of a stream, or one datagram */
  send(bytes: Uint8Array): void;
  /** the first reply with this xid not yet taken, and forgets it */
  take(xid: number): Uint8Array | null;
  has(xid: number): boolean;
  /** says that nothing more is sent (FIN); nothing where there is no stream */
  finish(): void;
  /** reads nothing more, so that what comes stays with the other side; nothing where there is no stream */
  deafen(): void;
  /** until `done`, looked at whenever something came, or so many milliseconds went by. Says whether it was done */
  wait(done: () => boolean, milliseconds: number): Promise<boolean>;
  close(): void;
}

export interface LaneEnd {
  readonly text: string;
  readonly address: string;
  readonly port: number;
}

/** Opens a lane to a target of any kind. */
export async function openLane(target: Target, options: ConnectOptions = {}): Promise<Lane> {
  return target.kind === 'udp' ? datagramLane(target) : streamLane(target, options);
}

const REPLY = 1;

/** Replies with an xid that has one already, kept: who calls twice with an xid is answered twice. */
const MOST_AGAIN = 64;

/** Replies that came, and who waits for them. */
class Inbox {
  readonly #replies = new Map<number, Uint8Array>();
  /** further replies with an xid that has one */
  readonly #again: [number, Uint8Array][] = [];
  readonly #waiting = new Set<() => void>();

  message(bytes: Uint8Array): void {
    if (bytes.length < 8) return;
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    // Calls to us (events of a symmetric peer) are nobody's reply.
    if (view.getUint32(4) !== REPLY) return;
    const xid = view.getUint32(0);
    if (!this.#replies.has(xid)) this.#replies.set(xid, bytes);
    else if (this.#again.length < MOST_AGAIN) this.#again.push([xid, bytes]);
  }

  has(xid: number): boolean {
    return this.#replies.has(xid);
  }

  take(xid: number): Uint8Array | null {
    const reply = this.#replies.get(xid) ?? null;
    this.#replies.delete(xid);
    if (this.#again.length === 0) return reply;
    const next = this.#again.findIndex(([other]) => other === xid);
    if (next >= 0) this.#replies.set(xid, (this.#again.splice(next, 1)[0] as [number, Uint8Array])[1]);
    return reply;
  }

  changed(): void {
    for (const look of this.#waiting) look();
  }

  wait(done: () => boolean, milliseconds: number): Promise<boolean> {
    if (done()) return Promise.resolve(true);
    return new Promise((resolve) => {
      const settle = (isDone: boolean): void => {
        clearTimeout(timer);
        this.#waiting.delete(look);
        resolve(isDone);
      };
      const look = (): void => {
        if (done()) settle(true);
      };
      const timer = setTimeout(() => settle(done()), milliseconds);
      this.#waiting.add(look);
    });
  }
}

async function streamLane(target: Target, options: ConnectOptions): Promise<Lane> {
  const channel = await openChannel(target, options);
  const inbox = new Inbox();
  const reader = new RecordReader();
  let ended = false;
  const end = (): void => {
    ended = true;
    inbox.changed();
  };
  channel.start({
    data: (bytes) => {
      if (ended) return;
      reader.push(bytes);
      try {
        for (let record = reader.next(); record !== null; record = reader.next()) {
          inbox.message(record.borrowed ? record.bytes.slice() : record.bytes);
        }
      } catch (e) {
        if (!isRpcError(e)) throw e;
        end();
      }
      inbox.changed();
    },
    end,
    drain: () => {},
    closed: end,
  });
  return {
    stream: true,
    get ended() {
      return ended;
    },
    ends: { local: channel.local, remote: channel.remote },
    send: (bytes) => void channel.write(bytes),
    take: (xid) => inbox.take(xid),
    has: (xid) => inbox.has(xid),
    wait: (done, milliseconds) => inbox.wait(done, milliseconds),
    finish: () => channel.end(),
    deafen: () => channel.pause(),
    close: () => channel.reset(),
  };
}

async function datagramLane(target: Target): Promise<Lane> {
  let ended = false;
  const inbox = new Inbox();
  // ICMP says that nobody listens: as good as the end of a connection.
  const onProblem = (): void => {
    ended = true;
    inbox.changed();
  };
  const { channel, to } = await openUdp(target, { onProblem });
  channel.start({
    message: (bytes) => {
      // no Buffer, whose slice() is a view
      inbox.message(new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength));
      inbox.changed();
    },
    closed: () => {},
  });
  return {
    stream: false,
    get ended() {
      return ended;
    },
    ends: { local: channel.local, remote: to },
    send: (bytes) => channel.send(bytes, to),
    take: (xid) => inbox.take(xid),
    has: (xid) => inbox.has(xid),
    wait: (done, milliseconds) => inbox.wait(done, milliseconds),
    finish: () => {},
    deafen: () => {},
    close: () => channel.close(),
  };
}
