/**
 * The calls of servers to their clients that a recording has, and which of them came again. Told by connection and
 * procedure, each kind in the order of the recording. Pure; every question is answered in constant time over the run.
 */
import type { Numbered } from './bodies.ts';
import type { RecordedCall } from './recorded-session.ts';

export interface ExpectedEvent {
  readonly call: RecordedCall;
  /** its number among the arrivals */
  readonly arrival: number;
  /** it came, or is waited for no longer */
  isSettled: boolean;
}

/** Events of which those before `next` are settled. */
interface Queue {
  readonly all: ExpectedEvent[];
  next: number;
}

export class ExpectedEvents {
  readonly #queue: Queue;
  readonly #byKind = new Map<string, Queue>();
  readonly #connections = new Set<number>();

  constructor(events: readonly { readonly call: RecordedCall; readonly arrival: number }[]) {
    this.#queue = { all: events.map((one) => ({ ...one, isSettled: false })), next: 0 };
    for (const one of this.#queue.all) {
      const { index } = one.call.connection;
      this.#connections.add(index);
      const key = keyOf(index, one.call);
      const queue = this.#byKind.get(key);
      if (queue === undefined) this.#byKind.set(key, { all: [one], next: 0 });
      else queue.all.push(one);
    }
  }

  /** Whether a recorded connection had any at all. */
  has(connection: number): boolean {
    return this.#connections.has(connection);
  }

  /** The first that is still waited for. */
  get first(): ExpectedEvent | undefined {
    return head(this.#queue);
  }

  /** The first of its kind on a connection that is still waited for. */
  find(connection: number, kind: Numbered): ExpectedEvent | undefined {
    const queue = this.#byKind.get(keyOf(connection, kind));
    return queue === undefined ? undefined : head(queue);
  }

  /** Those of other connections than these. */
  outside(connections: ReadonlySet<number>): ExpectedEvent[] {
    return this.#queue.all.filter(({ call }) => !connections.has(call.connection.index));
  }
}

function head(queue: Queue): ExpectedEvent | undefined {
  while (queue.all[queue.next]?.isSettled) queue.next++;
  return queue.all[queue.next];
}

function keyOf(connection: number, { program, version, procedure }: Numbered): string {
  return `${connection} ${program}.${version}.${procedure}`;
}
