/**
 * A recording behind listeners: the shell around the answerer, with sockets, timers and, for what the recording does
 * not have, another server to ask. Streams and datagrams; whoever is slow to read is not read from. A client that
 * sends what is no message loses its connection. Rejects with TransportError when a listener cannot be had.
 */
import { encodeReply } from '../codec/rpc/index.ts';
import { type CachedCall, callKey, ReplyCache } from '../server/engine/udp-reply-cache.ts';
import type { Endpoint, Listener } from '../transport/channel.ts';
import { isTransportError } from '../transport/errors.ts';
import { type Accepted, listen } from '../transport/listen.ts';
import type { MessageDuplex } from '../transport/message-duplex.ts';
import { type RecordSink, record } from '../transport/record.ts';
import type { Target } from '../transport/target.ts';
import { bindUdp } from '../transport/udp.ts';
import type { Answer, AnsweredClient, Answerer, Due } from './answerer.ts';
import type { Link, OpenLink } from './link.ts';
import type { Lookups } from './lookups.ts';

export interface ServeSessionOptions {
  readonly answerer: Answerer;
  readonly lookups: Lookups;
  readonly listeners: readonly Target[];
  /** unmatched calls go there; null: they get a verdict */
  readonly forward: { readonly target: Target; readonly open: OpenLink } | null;
  /** milliseconds that a forwarded call is waited for */
  readonly timeoutMs: number;
  readonly onAnswer: (told: Told) => void;
  readonly onProblem?: (error: Error) => void;
  readonly sink?: RecordSink | null;
}

/** A call and what it got. */
export interface Told {
  readonly client: string;
  readonly answer: Answer;
  readonly isForwarded: boolean;
}

export interface ServedSession {
  /** ports resolved */
  readonly urls: readonly string[];
  close(): Promise<void>;
}

const CONNECTIONS = 1024;
/** Answers of one connection that are still to be sent. */
const MOST_DUE = 1024;
const CLOSE_MS = 1000;
/** Senders of datagrams that are told apart. */
const MOST_SENDERS = 4096;

export async function serveSession(options: ServeSessionOptions): Promise<ServedSession> {
  const listeners: Listener[] = [];
  const conversations = new Set<Conversation>();
  const close = async (): Promise<void> => {
    await Promise.all(listeners.map((listener) => listener.close()));
    for (const one of conversations) one.close();
  };
  try {
    for (const target of options.listeners) {
      const listener =
        target.kind === 'udp'
          ? await listenDatagrams(target, options, conversations)
          : await listenStreams(target, options, conversations);
      listeners.push(listener);
      options.lookups.listening(listener.url);
    }
  } catch (error) {
    await close();
    throw error;
  }
  return { urls: listeners.map(({ url }) => url), close };
}

function listenStreams(
  target: Target,
  options: ServeSessionOptions,
  conversations: Set<Conversation>,
): Promise<Listener> {
  let connections = 0;
  const admit = (accepted: Accepted): boolean => {
    if (connections >= CONNECTIONS) return false;
    connections++;
    accepted.onGone(() => connections--);
    return true;
  };
  const { onProblem, sink } = options;
  return listen(target, { admit, ...(onProblem === undefined ? {} : { onProblem }) }, (plain) => {
    const duplex = sink == null ? plain : record(plain, sink, { side: 'server' });
    const client: AnsweredClient = {
      transport: duplex.kind,
      remote: duplex.remote.text,
      local: duplex.local.text,
      recorded: null,
    };
    const conversation = new Conversation(options, client, (bytes) => duplex.send(bytes));
    conversations.add(conversation);
    startStream(duplex, conversation, () => conversations.delete(conversation));
  });
}

function startStream(duplex: MessageDuplex, conversation: Conversation, gone: () => void): void {
  const end = () => duplex.close(CLOSE_MS);
  conversation.onClose = end;
  conversation.onRoom = () => duplex.resume();
  duplex.start({
    message(bytes) {
      if (!conversation.message(bytes)) duplex.reset();
      else if (conversation.isFull) duplex.pause();
    },
    drain() {
      conversation.isBlocked = false;
      if (!conversation.isFull) duplex.resume();
    },
    end: () => conversation.whenDone(end),
    closed() {
      conversation.close();
      gone();
    },
  });
}

async function listenDatagrams(
  target: Target,
  options: ServeSessionOptions,
  conversations: Set<Conversation>,
): Promise<Listener> {
  const { onProblem, sink } = options;
  const channel = await bindUdp(target, onProblem === undefined ? {} : { onProblem });
  const cache = new ReplyCache();
  const senders = new Map<string, Conversation>();
  const conversationWith = (from: Endpoint): Conversation => {
    let conversation = senders.get(from.text);
    if (conversation !== undefined) return conversation;
    for (const [oldest, other] of senders) {
      if (senders.size < MOST_SENDERS) break;
      senders.delete(oldest);
      conversations.delete(other);
      other.close();
    }
    const recorded = sink?.open({ kind: 'udp', side: 'server', local: channel.local, remote: from });
    const client = { transport: 'udp', remote: from.text, local: channel.local.text, recorded: null };
    conversation = new Conversation(options, client, (bytes) => {
      recorded?.message('sent', [bytes]);
      channel.send(bytes, from);
      return true;
    });
    conversation.onReceived = (bytes) => recorded?.message('received', [bytes]);
    senders.set(from.text, conversation);
    conversations.add(conversation);
    return conversation;
  };
  channel.start({
    message(bytes, from) {
      if (bytes.length < 4) return;
      // a call that is sent again is no new call, which would get the next answer
      const key = callKey(from.text, Buffer.from(bytes.buffer, bytes.byteOffset, 4).readUInt32BE(0), bytes);
      const known = cache.find(key, performance.now());
      if (known !== undefined) {
        if (known.reply !== null) channel.send(known.reply, from);
        return;
      }
      const call: CachedCall = cache.begin(key, performance.now());
      conversationWith(from).message(bytes, (reply) => cache.answer(call, reply));
    },
    closed: () => {},
  });
  return {
    url: `udp://${channel.local.text}`,
    close: async () => channel.close(),
  };
}

/** One client's side: answers that wait for their time, and calls that another server is asked. */
class Conversation {
  readonly #options: ServeSessionOptions;
  readonly #client: AnsweredClient;
  readonly #send: (bytes: Uint8Array) => boolean;
  readonly #timers = new Set<NodeJS.Timeout>();
  readonly #asking = new Map<
    number,
    { readonly settle: (reply: Uint8Array) => void; readonly timer: NodeJS.Timeout }
  >();
  #link: Promise<Link> | null = null;
  #isOver = false;
  #whenDone: (() => void) | null = null;
  /** what was sent is more than the other side takes */
  isBlocked = false;
  onClose: () => void = () => {};
  onRoom: () => void = () => {};
  onReceived: (bytes: Uint8Array) => void = () => {};

  constructor(options: ServeSessionOptions, client: AnsweredClient, send: (bytes: Uint8Array) => boolean) {
    this.#options = options;
    this.#client = client;
    this.#send = send;
  }

  /** So much is to be sent that nothing more should be read. */
  get isFull(): boolean {
    return this.isBlocked || this.#due >= MOST_DUE;
  }

  get #due(): number {
    return this.#timers.size + this.#asking.size;
  }

  /** False for what is no message. `answered`: told of the reply, once it goes. */
  message(bytes: Uint8Array, answered: (reply: Uint8Array) => void = () => {}): boolean {
    this.onReceived(bytes);
    const answer = this.#options.answerer.answer(bytes, this.#client);
    if (answer === 'broken') return false;
    if (answer === 'reply') return true;
    const isForwarded = answer.how === 'unmatched' && this.#options.forward !== null;
    this.#options.onAnswer({ client: this.#client.remote, answer, isForwarded });
    if (isForwarded) this.#forward(new Uint8Array(bytes), answered);
    else if (answer.reply !== null) this.#later(answer.reply, answered);
    for (const event of answer.events) this.#later(event);
    return true;
  }

  /** Calls `f` when nothing is to be sent any more. */
  whenDone(f: () => void): void {
    if (this.#due === 0) f();
    else this.#whenDone = f;
  }

  close(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    for (const timer of this.#timers) clearTimeout(timer);
    for (const { timer } of this.#asking.values()) clearTimeout(timer);
    this.#timers.clear();
    this.#asking.clear();
    void this.#link?.then(
      (link) => link.close(),
      () => {},
    );
    this.onClose();
  }

  #later({ bytes, afterNs }: Due, answered: (reply: Uint8Array) => void = () => {}): void {
    if (afterNs < 1e6 && this.#timers.size === 0) {
      this.#out(bytes, answered);
      return;
    }
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      this.#out(bytes, answered);
      this.#settled();
    }, afterNs / 1e6);
    this.#timers.add(timer);
  }

  #out(bytes: Uint8Array, answered: (reply: Uint8Array) => void): void {
    if (this.#isOver) return;
    answered(bytes);
    if (!this.#send(bytes)) this.isBlocked = true;
  }

  #settled(): void {
    if (this.#due === 0) this.#whenDone?.();
    if (!this.isFull) this.onRoom();
  }

  // --- asking another server

  #forward(bytes: Uint8Array, answered: (reply: Uint8Array) => void): void {
    const xid = Buffer.from(bytes.buffer, bytes.byteOffset, 4).readUInt32BE(0);
    const settle = (reply: Uint8Array): void => {
      const asking = this.#asking.get(xid);
      if (asking?.settle !== settle) return;
      clearTimeout(asking.timer);
      this.#asking.delete(xid);
      this.#out(reply, answered);
      this.#settled();
    };
    const fail = () => settle(encodeReply({ xid, verdict: 'SYSTEM_ERR' }));
    const timer = setTimeout(fail, this.#options.timeoutMs);
    this.#asking.set(xid, { settle, timer });
    this.#link ??= this.#open();
    this.#link.then(
      (link) => void link.send(bytes),
      (error: unknown) => {
        this.#link = null;
        if (!isTransportError(error)) throw error;
        this.#options.onProblem?.(error);
        fail();
      },
    );
  }

  #open(): Promise<Link> {
    const { target, open } = this.#options.forward!;
    return open(target, {
      message: (bytes) => {
        if (bytes.length < 8) return;
        const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
        // calls of that server's are none of the recording's
        if (view.getUint32(4) === 1) this.#asking.get(view.getUint32(0))?.settle(new Uint8Array(bytes));
      },
      drain: () => {},
      closed: () => {
        this.#link = null;
        for (const xid of [...this.#asking.keys()]) {
          this.#asking.get(xid)?.settle(encodeReply({ xid, verdict: 'SYSTEM_ERR' }));
        }
      },
    });
  }
}
